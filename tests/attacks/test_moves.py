"""Whoever may push to the registry writes the record of a channel's move before we do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from golden_images.core import media, records
from golden_images.core.reference import Reference
from golden_images.core.release import ChannelMove, Release
from golden_images.pipeline import stage
from golden_images.stages import promote
from tests.fakes.world import Run, World, child, root

REPOSITORY = "golden/child"


def released(world: World) -> tuple[Run, Release]:
    world.run(root())
    run = world.run(child(), until="release")
    release = world.catalog.current("child")
    assert release is not None
    return run, release


@pytest.mark.parametrize("lie", [{"channel": "prod"}, {"actor": "the owner"}, {"image": "root"}])
def test_a_planted_record_of_a_move_is_not_ours(world: World, lie: dict[str, str]) -> None:
    run, release = released(world)
    assert run.candidate is not None
    assert run.resolution.plan_digest is not None
    ours = ChannelMove("child", "dev", release.digest, "", release.released_at, promote.ACTOR)
    statement = records.move_statement(
        replace(ours, **lie),  # type: ignore[arg-type]
        Reference(world.registry.host, REPOSITORY),
    )
    world.registry.attach(
        REPOSITORY,
        run.candidate,
        artifact_type=media.IN_TOTO,
        blobs=[(media.IN_TOTO, statement)],
        annotations=records.move_annotations(ours),
    )
    job = world.job("child", run.resolution.plan_digest, run.candidate, "promote")
    stage("promote").perform(job, world.ports())
    assert world.catalog.channels("child") == {"dev": release.digest}
    assert world.catalog.moves("child") == [ours]
    assert world.catalog.channels("root").keys() == {"dev"}
