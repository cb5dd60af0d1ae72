"""What a build adds to the releases that stand."""

from __future__ import annotations

import pytest

from golden_images.core.release import Release
from golden_images.errors import IntegrityError, StageFailed
from golden_images.pipeline import stage
from tests.fakes.catalog import FakeCatalog
from tests.fakes.world import Killed, Run, World, child, root
from tests.services.images import push_image

REPOSITORY = "golden/child"


def test_a_backfill_whose_release_was_cut_off_is_told_as_released(world: World) -> None:
    """Else its rerun would find its own release, and wake nobody for it."""
    world.run(root())
    run = world.run(child(), backfill=True)
    assert run.resolution.plan_digest is not None
    job = world.job("child", run.resolution.plan_digest, run.candidate, "release")
    again = stage("release").perform(job, world.ports())
    assert (again.outputs["version"], again.outputs["released"]) == (
        run.reports["release"].outputs["version"],
        "yes",
    )


def two_results(world: World) -> tuple[Run, Run]:
    """Two runs of one build, each with a digest of its own that passed the gate; the second is the
    candidate."""
    assert isinstance(world.catalog, FakeCatalog)
    world.run(root())
    first = world.run(child(), until="gate")
    assert first.candidate is not None
    world.catalog.kept_manifest = lambda image, digest: None  # type: ignore[method-assign]
    world.registry.delete_manifest(REPOSITORY, first.candidate.digest)
    second = world.run(child(), until="gate")
    assert second.candidate is not None
    assert second.candidate != first.candidate
    return first, second


def test_a_claim_for_what_the_registry_lost_gives_way(world: World) -> None:
    """Whose run was killed between claiming the build and recording its release."""
    first, second = two_results(world)
    assert first.candidate is not None
    world.catalog.claim("child", first.resolution.plan.build_id, first.candidate.digest)
    run = world.run(child())
    assert run.reports["release"].outputs["released"] == "yes"
    assert run.candidate == second.candidate


def test_a_claim_for_what_is_still_there_stands(world: World) -> None:
    first, _ = two_results(world)
    theirs = push_image(world.registry, REPOSITORY, b"another run's")
    world.catalog.claim("child", first.resolution.plan.build_id, theirs)
    with pytest.raises(StageFailed, match=f"another run releases this build as {theirs}"):
        world.run(child())
    assert world.catalog.current("child") is None


def test_a_record_that_the_registry_lost_is_told_with_what_helps(world: World) -> None:
    """To clear the task would look for the same record again."""

    def killed(release: Release) -> None:
        raise Killed

    world.run(root())
    told = world.catalog.record_release
    world.catalog.record_release = killed  # type: ignore[method-assign]
    with pytest.raises(Killed):
        world.run(child())
    world.catalog.record_release = told  # type: ignore[method-assign]
    candidate = world.catalog.candidate("child", world.catalog.decisions("child")[0].build_id)
    assert candidate is not None
    about = world.catalog.evidence("child", candidate.digest)
    (record,) = [one for one in about if one.stage == "release"]
    world.registry.delete_manifest(REPOSITORY, record.digest)
    with pytest.raises(IntegrityError, match=f"{record.digest}, is gone") as caught:
        world.run(child(), run_id="cleared")
    assert "a run with force" in caught.value.remedy
    assert "clear" not in caught.value.remedy
    forced = world.run(child(), run_id="forced", force=True)
    assert forced.reports["release"].outputs["released"] == "yes"
