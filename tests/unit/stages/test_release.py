"""What a build adds to the releases that stand."""

from __future__ import annotations

from golden_images.pipeline import stage
from tests.fakes.world import World, child, root


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
