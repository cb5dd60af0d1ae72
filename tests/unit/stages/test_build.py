"""The candidate: annotations, cache, platforms, and what is left behind."""

from __future__ import annotations

import json
from typing import Any

import pytest

from golden_images.core import names
from golden_images.core.digest import Digest
from golden_images.errors import StageFailed
from golden_images.stages.build import OCI_INDEX, OCI_MANIFEST
from tests.fakes.world import Run, World, child, root

REPOSITORY = "golden/child"


def manifest(world: World, run: Run) -> dict[str, Any]:
    assert run.candidate is not None
    found: dict[str, Any] = json.loads(world.registry.manifest(REPOSITORY, run.candidate.digest).content)
    return found


def test_candidate_names_its_base_by_digest_and_nothing_of_the_run(world: World) -> None:
    parent = world.run(root())
    run = world.run(child(), until="build")
    content = manifest(world, run)
    assert content["mediaType"] == OCI_MANIFEST
    assert parent.candidate is not None
    notes = content["annotations"]
    assert notes["org.opencontainers.image.base.digest"] == parent.candidate.digest
    assert notes["org.opencontainers.image.base.name"] == (
        f"registry.test:5000/golden/root@{parent.candidate.digest}"
    )
    assert run.resolution.plan.build_id not in json.dumps(content)
    assert run.resolution.plan.version not in json.dumps(content)


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
    assert content["mediaType"] == OCI_INDEX
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
