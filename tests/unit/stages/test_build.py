"""The candidate: annotations, cache, platforms, and what is left behind."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Literal

import pytest

from golden_images.adapters.registry import documents
from golden_images.core import media, names
from golden_images.core.definition import About
from golden_images.core.digest import Digest
from golden_images.core.reference import Reference
from golden_images.core.stage_bases import Taken
from golden_images.errors import InputError, IntegrityError, StageFailed
from golden_images.images import image
from golden_images.planning.stage_bases import Pins
from golden_images.ports import Descriptor, Manifest
from golden_images.stages import build
from golden_images.stages.resolve import run as run_resolve
from tests.fakes.counting import Counting
from tests.fakes.registry import FakeRegistry
from tests.fakes.world import Run, World, child, definition, root
from tests.services.images import push_image, push_index

REPOSITORY = "golden/child"


def entries(index: Manifest) -> tuple[Descriptor, ...]:
    return documents.entries(index.content, "index")


def manifest(world: World, run: Run) -> dict[str, Any]:
    assert run.candidate is not None
    found: dict[str, Any] = json.loads(world.registry.manifest(REPOSITORY, run.candidate.digest).content)
    return found


def test_candidate_names_its_base_by_digest_and_nothing_of_the_run(world: World) -> None:
    parent = world.run(root())
    run = world.run(child(), until="build")
    content = manifest(world, run)
    assert content["mediaType"] == media.MANIFEST
    assert parent.candidate is not None
    notes = content["annotations"]
    version = parent.resolution.plan.version
    assert notes["org.opencontainers.image.base.digest"] == parent.candidate.digest
    assert notes["org.opencontainers.image.base.name"] == f"registry.test:5000/golden/root:{version}"
    assert world.registry.resolve("golden/root", version) is not None, "a tag that exists"
    assert run.resolution.plan.build_id not in json.dumps(content)
    assert run.resolution.plan.version not in json.dumps(content)


def test_configuration_manifest_and_index_say_the_same_of_the_image(world: World) -> None:
    about = {"vendor": "Example", "source": "https://git.example.com/{image}"}
    world.organisation = world.organisation.model_copy(update={"about": About(**about)})
    world.run(root())
    run = world.run(child(build={"platforms": ["linux/amd64", "linux/arm64"]}), until="build")
    index = manifest(world, run)
    expected = run.resolution.plan.labels
    assert expected["org.opencontainers.image.source"] == "https://git.example.com/child"
    for entry in index["manifests"]:
        one = world.registry.manifest(REPOSITORY, entry["digest"])
        notes = json.loads(one.content)["annotations"]
        created = notes.pop("org.opencontainers.image.created")
        settings = image.config(world.registry, REPOSITORY, one)
        assert (notes, created) == (expected, settings["created"])
        assert image.labels(settings) == expected
    assert index["annotations"].items() >= expected.items()


def test_a_root_says_of_itself_what_a_child_does(world: World) -> None:
    run = world.run(root(labels={"team": "a"}), until="build")
    assert run.candidate is not None
    found = world.registry.manifest("golden/root", run.candidate.digest)
    own = image.labels(image.config(world.registry, "golden/root", found))
    assert own == {**run.resolution.plan.labels, "team": "a"}
    assert own["org.opencontainers.image.title"] == "root"


def test_what_a_base_says_of_itself_is_not_said_of_the_image(world: World) -> None:
    external = world.externals["docker.io"] = FakeRegistry("docker.io")
    labels = {
        "org.opencontainers.image.version": "22.04",
        "org.opencontainers.image.title": "theirs",
        "x": "y",
    }
    push_image(external, "library/ubuntu", b"base", tag="22.04", labels=labels)
    world.context("web")
    world.run(definition("web", base={"reference": "ubuntu:22.04"}), until="build")
    (built,) = world.engine.builds
    assert built.request.labels["org.opencontainers.image.version"] == ""
    assert built.request.labels["org.opencontainers.image.title"] == "web"
    assert "x" not in built.request.labels, "inherited as it is"


def test_what_is_said_otherwise_is_no_reason_to_build_and_comes_with_the_next(world: World) -> None:
    world.run(root())
    first = world.run(child())
    world.organisation = world.organisation.model_copy(update={"about": About(vendor="Example")})
    assert world.run(child(description="Said better."), run_id="second").reports == {}
    forced = world.run(child(description="Said better."), run_id="forced", force=True)
    assert first.candidate != forced.candidate
    notes = manifest(world, forced)["annotations"]
    assert notes["org.opencontainers.image.vendor"] == "Example"
    assert notes["org.opencontainers.image.description"] == "Said better."


def test_base_is_passed_by_digest_and_the_tests_stay_out(world: World) -> None:
    parent = world.run(root())
    world.run(child(build={"args": {"FLAVOUR": "plain"}}), until="build")
    (built,) = world.engine.builds
    assert parent.candidate is not None
    assert built.request.args == {
        "FLAVOUR": "plain",
        "BASE": f"registry.test:5000/golden/root@{parent.candidate.digest}",
    }
    assert set(built.files) == {"Dockerfile"}


def test_each_platform_is_built_on_its_own_image_of_the_base(world: World) -> None:
    external = world.externals["docker.io"] = FakeRegistry("docker.io")
    platforms = ("linux/amd64", "linux/arm64/v8")
    index = push_index(external, "library/debian", b"base", tag="12", platforms=platforms)
    world.context("web")
    wanted = ["linux/arm64", "linux/amd64"]
    image = definition("web", base={"reference": "debian:12"}, build={"platforms": wanted})
    run = world.run(image, until="build")
    by_platform = {
        entry.platform: entry.digest for entry in entries(external.manifest("library/debian", index))
    }
    for built, platform in zip(world.engine.builds, reversed(platforms), strict=True):
        base = f"docker.io/library/debian@{by_platform[platform]}"
        assert (built.request.args["BASE"], built.request.bases) == (base, [base])
    found = json.loads(world.registry.manifest("golden/web", run.resolution.plan.candidate_tag).content)
    assert found["annotations"]["org.opencontainers.image.base.digest"] == index


TOOLS = """\
ARG BASE
FROM golang:1.22 AS build
FROM --platform=$BUILDPLATFORM golang:1.22 AS cross
FROM ${{BASE}}
COPY --from=build /a /a
COPY --from=busybox@{digest} /b /b
"""


def test_a_build_stage_is_built_on_the_digest_of_the_plan_whatever_its_tag_is_by_then(world: World) -> None:
    hub = world.externals["docker.io"] = FakeRegistry("docker.io")
    busybox = push_image(hub, "library/busybox", b"busybox", tag="1")
    platforms = ("linux/amd64", "linux/arm64")
    index = push_index(hub, "library/golang", b"go", tag="1.22", platforms=platforms)
    parent = world.run(root())
    assert parent.candidate is not None
    world.context("child", TOOLS.format(digest=busybox))
    decided = run_resolve(world.request(child(build={"platforms": [*platforms]})), world.ports())
    push_index(hub, "library/golang", b"newer", tag="1.22", platforms=platforms)
    assert decided.plan_digest is not None
    build.run(world.job("child", decided.plan_digest, None, "build"), world.ports())
    golang = {entry.platform: entry.digest for entry in entries(hub.manifest("library/golang", index))}
    assert len(world.engine.builds) == len(platforms)
    for built, platform in zip(world.engine.builds, platforms, strict=True):
        lines = built.files["Dockerfile"].decode().splitlines()
        stage = f"docker.io/library/golang@{golang[platform]}"
        assert lines[1] == f"FROM {stage} AS build"
        assert lines[2] == f"FROM --platform=$BUILDPLATFORM docker.io/library/golang@{index} AS cross"
        assert lines[5] == f"COPY --from=docker.io/library/busybox@{busybox} /b /b"
        assert set(built.request.bases) == {
            f"registry.test:5000/golden/root@{parent.candidate.digest}",
            f"docker.io/library/golang@{index}",
            f"docker.io/library/busybox@{busybox}",
            stage,
        }


def test_a_build_stage_that_the_plan_does_not_pin_is_not_left_to_its_tag(world: World) -> None:
    world.run(root())
    decided = run_resolve(world.request(child()), world.ports())
    assert decided.plan_digest is not None
    job = world.job("child", decided.plan_digest, None, "build")
    reference = Reference.parse("golang:1.22")
    pins = Pins(job.definition, job.plan.inputs.stages, "linux/amd64", world.ports())
    with pytest.raises(IntegrityError, match="the plan pins no digest for golang"):
        pins(Taken(2, 2, "golang:1.22", reference))


def test_a_platform_that_the_base_lacks_is_named_before_anything_is_built(world: World) -> None:
    external = world.externals["docker.io"] = FakeRegistry("docker.io")
    push_index(external, "library/debian", b"base", tag="12", platforms=("linux/amd64", "linux/s390x"))
    world.context("web")
    image = definition("web", base={"reference": "debian:12"}, build={"platforms": ["linux/arm64"]})
    with pytest.raises(InputError, match="is not made for linux/arm64") as caught:
        world.run(image)
    assert caught.value.cause == "it has linux/amd64, linux/s390x"
    assert world.engine.builds == []


def test_no_build_is_served_from_the_engines_cache(world: World) -> None:
    world.run(root())
    world.run(child())
    world.archive.versions = {"base-files": "99"}
    world.run(child(), run_id="package-update")
    world.archive.versions = {}
    world.context("child", "ARG BASE\nFROM ${BASE}\nRUN true\nRUN echo\n")
    world.run(child(), run_id="context-changed")
    world.run(child(), run_id="forced", force=True)
    asked = [built.request.no_cache for built in world.engine.builds]
    assert asked == [True] * 4


def test_engine_keeps_no_candidate_also_after_a_failure(world: World) -> None:
    world.run(root())
    world.run(child(), until="build")
    assert world.engine.images == {}
    world.context("child", "ARG BASE\nFROM ${BASE}\nRUN false\n")
    with pytest.raises(StageFailed, match="line 3"):
        world.run(child(), run_id="second")
    assert world.engine.images == {}


def test_several_platforms_are_one_index_whose_images_are_tagged(world: World) -> None:
    world.run(root())
    run = world.run(child(build={"platforms": ["linux/amd64", "linux/arm64"]}))
    content = manifest(world, run)
    assert content["mediaType"] == media.INDEX
    platforms = [entry["platform"] for entry in content["manifests"]]
    assert platforms == [
        {"os": "linux", "architecture": "amd64"},
        {"os": "linux", "architecture": "arm64"},
    ]
    for entry, platform in zip(content["manifests"], ("linux/amd64", "linux/arm64"), strict=True):
        found = world.registry.resolve(REPOSITORY, names.platform_tag(run.resolution.plan.build_id, platform))
        assert found is not None
        assert found.digest == Digest(entry["digest"])
    release = world.catalog.current("child")
    assert release is not None
    assert run.candidate is not None
    assert release.digest == run.candidate.digest


@pytest.mark.parametrize("kind", ["oci", "manifest", "containerd"])
def test_a_candidate_is_one_image_whatever_the_engine_pushes(
    world: World, kind: Literal["oci", "manifest", "containerd"]
) -> None:
    world.engine.kind = kind
    world.run(root())
    run = world.run(child())
    content = manifest(world, run)
    assert content["mediaType"] == media.MANIFEST
    assert content["annotations"]["org.opencontainers.image.title"] == "child"
    assert run.reports["release"].outputs["released"] == "yes"


def test_an_index_of_something_else_is_no_candidate(world: World) -> None:
    world.run(root())
    world.context("child", "ARG BASE\nFROM ${BASE}\nRUN true\n")
    world.engine.kind = "containerd"
    world.engine.architecture = "s390x"
    with pytest.raises(IntegrityError, match="something other than an image for linux/amd64") as caught:
        world.run(child())
    assert "linux/s390x" in caught.value.cause
    assert world.catalog.current("child") is None


def test_a_tag_that_was_taken_away_is_put_again(world: World) -> None:
    world = replace(world, registry=FakeRegistry(world.registry.host, referrers_api=True))
    world.run(root())
    run = world.run(child(), until="build")
    tag = run.resolution.plan.candidate_tag
    world.registry.untag(REPOSITORY, [tag])
    again = world.run(child(), until="build")
    assert not again.reports["build"].made
    assert world.registry.resolve(REPOSITORY, tag) == run.candidate


def test_a_candidate_that_stands_under_its_tag_is_not_put_again(world: World) -> None:
    world.run(root())
    run = world.run(child(), until="build")
    assert run.resolution.plan_digest is not None
    job = world.job("child", run.resolution.plan_digest, None, "build")
    counting = Counting(world.registry)
    build.run(job, replace(world.ports(), registry=lambda: counting.registry))
    assert not counting.calls["put_manifest"]


def test_a_release_under_the_tag_of_a_build_is_no_strangers(world: World) -> None:
    """The version before tagged a release as the candidate of each build that gave the same."""
    world.run(root())
    world.run(child())
    release = world.catalog.current("child")
    assert release is not None
    stands = world.registry.manifest(REPOSITORY, release.digest)
    world.context("child", "ARG BASE\nFROM ${BASE}\nRUN echo\n")
    plan = run_resolve(world.request(child(), run_id="second"), world.ports()).plan
    kind = stands.descriptor.media_type
    world.registry.put_manifest(REPOSITORY, stands.content, kind, tag=plan.candidate_tag)
    world.run(child(), run_id="second", until="build")
    assert not [line for line in world.log if "is refused" in line]
