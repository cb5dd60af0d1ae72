"""Whoever may push to the registry has his image released in place of the candidate."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from golden_images.core import names
from golden_images.core.definition import Definition
from golden_images.core.digest import Digest
from golden_images.core.release import Candidate
from golden_images.errors import IntegrityError, StageFailed
from golden_images.images.image import body, manifests
from golden_images.pipeline import stage
from golden_images.ports import BuildRequest, Descriptor, Log
from golden_images.stages import resolve
from tests.fakes.engine import FakeEngine
from tests.fakes.registry import FakeRegistry
from tests.fakes.world import World, child, root
from tests.services.images import push_image, push_index

REPOSITORY = "golden/child"
PLATFORMS = ("linux/amd64", "linux/arm64")
TWO = child(build={"platforms": list(PLATFORMS)})


def plant(world: World, image: Definition) -> Digest:
    """An image of the plan's platforms under the tag of the candidate that is to come, or stands."""
    resolution = resolve.run(world.request(image), world.ports())
    tag, repository = resolution.plan.candidate_tag, f"golden/{image.name}"
    platforms = image.build.platforms
    if len(platforms) == 1:
        return push_image(world.registry, repository, b"theirs", tag=tag)
    return push_index(world.registry, repository, b"theirs", tag=tag, platforms=platforms)


def released(world: World, name: str) -> Digest:
    release = world.catalog.current(name)
    assert release is not None
    return release.digest


def lose(world: World, digest: Digest) -> None:
    """An image's manifest and configuration."""
    assert isinstance(world.registry, FakeRegistry)
    manifest = world.registry.manifest(REPOSITORY, digest)
    world.registry.delete_manifest(REPOSITORY, digest)
    world.registry.lose_blob(REPOSITORY, Digest(body(manifest)["config"]["digest"]))


def refusals(world: World, digest: Digest) -> list[str]:
    return [line for line in world.log if line.startswith(f"{digest} stands under") and "is refused" in line]


@pytest.mark.parametrize("image", [root(), child(), TWO], ids=["root", "child", "two platforms"])
def test_planted_before_the_build_it_is_refused_told_and_built_anew(world: World, image: Definition) -> None:
    if image.name == "child":
        world.run(root())
    theirs = plant(world, image)
    run = world.run(image)
    assert run.reports["build"].made
    assert released(world, image.name) != theirs
    assert len(refusals(world, theirs)) == 1
    standing = world.registry.resolve(f"golden/{image.name}", run.resolution.plan.candidate_tag)
    assert standing == run.candidate, "the tag is ours again"


@pytest.mark.parametrize("until", ["build", "test", "gate"])
@pytest.mark.parametrize("image", [child(), TWO], ids=["child", "two platforms"])
def test_planted_after_the_build_it_is_never_released(world: World, image: Definition, until: str) -> None:
    world.run(root())
    ours = world.run(image, until=until).candidate
    assert ours is not None
    theirs = plant(world, image)
    run = world.run(image)
    assert run.candidate == ours
    assert released(world, "child") == ours.digest
    assert not run.reports["build"].made
    assert len(refusals(world, theirs)) == 1
    assert world.registry.resolve(REPOSITORY, run.resolution.plan.candidate_tag) == ours


@pytest.mark.parametrize("name", ["gate", "release"])
def test_what_the_catalog_does_not_name_is_not_judged_and_not_released(world: World, name: str) -> None:
    """Whatever a stage is handed as candidate, and whatever evidence stands about it."""
    world.run(root())
    run = world.run(child(), until="gate")
    theirs = plant(world, child())
    assert run.resolution.plan_digest is not None
    found = world.registry.resolve(REPOSITORY, theirs)
    assert found is not None
    job = world.job("child", run.resolution.plan_digest, found, name)
    with pytest.raises(IntegrityError, match=f"{theirs} is not what build made") as caught:
        stage(name).perform(job, world.ports())
    assert run.candidate is not None
    assert str(run.candidate.digest) in caught.value.cause
    assert world.catalog.current("child") is None


@pytest.mark.parametrize("platforms", [PLATFORMS[:1], PLATFORMS])
def test_a_candidate_that_the_registry_lost_a_part_of_is_built_anew(
    world: World, platforms: tuple[str, ...]
) -> None:
    world.run(root())
    image = child(build={"platforms": list(platforms)})
    first = world.run(image, until="build")
    assert first.candidate is not None
    top = world.registry.manifest(REPOSITORY, first.candidate.digest)
    lose(world, manifests(world.registry, REPOSITORY, top)[-1].descriptor.digest)
    second = world.run(image)
    assert second.candidate is not None
    assert second.candidate.digest != first.candidate.digest
    assert second.reports["build"].made
    assert released(world, "child") == second.candidate.digest
    record = world.catalog.candidate("child", second.resolution.plan.build_id)
    assert record is not None
    assert (record.digest, record.plan) == (second.candidate.digest, second.resolution.plan_digest)


@pytest.mark.parametrize("platforms", [PLATFORMS[:1], PLATFORMS])
def test_a_candidate_of_which_the_manifest_alone_is_lost_is_put_back(
    world: World, platforms: tuple[str, ...]
) -> None:
    """Also that of a build that was cut off before it put it."""
    world.run(root())
    image = child(build={"platforms": list(platforms)})
    first = world.run(image, until="test")
    assert first.candidate is not None
    world.registry.delete_manifest(REPOSITORY, first.candidate.digest)
    second = world.run(image)
    assert not second.reports["build"].made
    assert len(world.engine.builds) == len(platforms)
    assert released(world, "child") == first.candidate.digest
    assert world.registry.resolve(REPOSITORY, second.resolution.plan.candidate_tag) == first.candidate


class Overtaken(FakeEngine):
    """While it builds for one run, another run of the same build ends its own."""

    world: World
    image: Definition = child()
    theirs: Descriptor | None = None
    loses: bool = False

    def build(self, request: BuildRequest, log: Log) -> str:
        if self.theirs is None:
            self.theirs = Descriptor("", Digest.of(b""), 0)
            self.theirs = self.world.run(self.image, until="build").candidate
            assert self.theirs is not None
            if self.loses:
                assert self.registry is not None
                lose(self.world, self.theirs.digest)
        return super().build(request, log)


@pytest.mark.parametrize("loses", [False, True])
def test_of_two_runs_of_one_build_the_first_to_write_it_down_wins(world: World, loses: bool) -> None:
    world.run(root())
    engine = world.engine = Overtaken(registry=world.registry)
    engine.world, engine.loses = world, loses
    run = world.run(child())
    assert len(engine.builds) == 2
    assert run.candidate is not None
    assert engine.theirs is not None
    assert (run.candidate == engine.theirs) is not loses
    assert released(world, "child") == run.candidate.digest


def test_the_first_ones_images_keep_their_tags(world: World) -> None:
    """Which keep them from garbage collection, where the index over them does not."""
    world.run(root())
    engine = world.engine = Overtaken(registry=world.registry)
    engine.world, engine.image = world, TWO
    run = world.run(TWO, until="build")
    assert run.candidate is not None
    assert run.candidate == engine.theirs
    index = world.registry.manifest(REPOSITORY, run.candidate.digest)
    for one, platform in zip(manifests(world.registry, REPOSITORY, index), PLATFORMS, strict=True):
        tag = names.platform_tag(run.resolution.plan.build_id, platform)
        assert world.registry.resolve(REPOSITORY, tag) == one.descriptor


def test_it_is_written_down_before_the_tag_shows_it(world: World) -> None:
    world.run(root())
    seen = []
    put = world.registry.put_manifest

    def watched(repository: str, content: bytes, media_type: str, *, tag: str | None = None) -> Descriptor:
        if tag == plan.candidate_tag:
            seen.append(world.catalog.candidate("child", plan.build_id))
        return put(repository, content, media_type, tag=tag)

    plan = resolve.run(world.request(child()), world.ports()).plan
    world.registry.put_manifest = watched  # type: ignore[method-assign]
    run = world.run(child(), until="build")
    assert run.candidate is not None
    assert [found.digest for found in seen if found] == [run.candidate.digest]


def test_only_a_release_of_the_image_is_judged_anew(world: World) -> None:
    parent = world.run(root())
    run = world.run(child())
    assert parent.candidate is not None
    assert run.resolution.plan_digest is not None
    job = world.job("child", run.resolution.plan_digest, None, "build")
    for digest in (push_image(world.registry, REPOSITORY, b"theirs"), parent.candidate.digest):
        judged = replace(job, plan=job.plan.model_copy(update={"judges": str(digest)}))
        with pytest.raises(StageFailed, match="is no release that could be judged"):
            stage("build").perform(judged, world.ports())


def test_a_record_of_somebody_elses_build_id_says_nothing(world: World) -> None:
    world.run(root())
    theirs = plant(world, child())
    at = datetime(2026, 1, 1, tzinfo=UTC)
    world.catalog.propose_candidate(Candidate("child", "0" * 64, theirs, theirs, at), None)
    world.run(child())
    assert released(world, "child") != theirs
