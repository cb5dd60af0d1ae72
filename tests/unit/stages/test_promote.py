"""Where a channel stands is decided in the catalog, by one of those who promote at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from golden_images.core import media, records
from golden_images.core.release import ChannelMove, Release
from golden_images.images.image import only_layer
from golden_images.stages import promote
from tests.fakes.world import World, child, root

REPOSITORY = "golden/child"


def two(world: World) -> tuple[Release, Release]:
    """Two releases; dev is at the second."""
    world.run(root())
    world.run(child())
    world.run(child(labels={"team": "web"}), run_id="second")
    new, old = world.catalog.releases("child")
    return old, new


def wanted(release: Release, channel: str = "prod") -> ChannelMove:
    return ChannelMove("child", channel, release.digest, "", release.released_at, "operator")


def move(world: World, made: ChannelMove, newest: ChannelMove | None) -> bool:
    image = world.registry.manifest(REPOSITORY, made.digest)
    return promote.move(REPOSITORY, image, made, newest, world.registry, world.catalog, world.log.append)


def recorded(world: World, release: Release) -> list[ChannelMove]:
    """What the registry tells of the moves of prod to the release."""
    told = [
        records.parse(only_layer(world.registry, REPOSITORY, one.digest), REPOSITORY)
        for one in world.registry.referrers(REPOSITORY, release.digest, media.IN_TOTO)
        if records.is_move(one.annotations)
    ]
    return [one for one in told if isinstance(one, ChannelMove) and one.channel == "prod"]


def tag(world: World, channel: str = "prod") -> Any:
    found = world.registry.resolve(REPOSITORY, channel)
    return found and found.digest


def test_of_two_that_saw_the_same_one_moves_and_the_other_is_told(world: World) -> None:
    old, new = two(world)
    assert move(world, wanted(old), None)
    with pytest.raises(promote.MovedMeanwhile, match="prod was moved meanwhile") as caught:
        move(world, wanted(new), None)
    assert str(old.digest) in caught.value.cause
    assert tag(world) == old.digest
    assert world.catalog.channels("child")["prod"] == old.digest
    assert len(world.catalog.moves("child", "prod")) == 1


def test_a_move_is_made_once_and_completed_by_the_same_call(world: World) -> None:
    old, new = two(world)
    assert move(world, wanted(old), None)
    first = promote.last(world.catalog, "child", "prod")
    assert not move(world, wanted(old), first)
    assert len(recorded(world, old)) == 1, "the same record each time"
    # Killed after the catalog had decided.
    cut = replace(wanted(new), previous=str(old.digest), at=new.released_at + timedelta(seconds=1))
    assert world.catalog.move_channel(cut)
    assert move(world, wanted(new), promote.last(world.catalog, "child", "prod"))
    assert tag(world) == new.digest
    assert recorded(world, new) == [cut]
    assert [one.digest for one in world.catalog.moves("child", "prod")] == [new.digest, old.digest]


def test_a_move_comes_after_the_last_one_whatever_a_clock_says(world: World) -> None:
    old, new = two(world)
    assert move(world, wanted(new), None)
    newest = promote.last(world.catalog, "child", "prod")
    assert newest is not None
    assert move(world, replace(wanted(old), at=newest.at - timedelta(hours=1)), newest)
    assert world.catalog.channels("child")["prod"] == old.digest


def test_the_tag_of_a_later_move_is_not_passed_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another promotion decides and puts its tag while this one is about to put its own."""
    old, new = two(world)
    put, raced = world.registry.put_manifest, []

    def slow(*args: Any, **changes: Any) -> Any:
        if changes.get("tag") == "prod" and not raced:
            raced.append(True)
            assert move(world, wanted(new), promote.last(world.catalog, "child", "prod"))
        return put(*args, **changes)

    monkeypatch.setattr(world.registry, "put_manifest", slow)
    assert move(world, wanted(old), None)
    assert raced
    assert tag(world) == new.digest == world.catalog.channels("child")["prod"]


def test_a_stage_that_is_overtaken_is_told_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.run(root())
    run = world.run(child(), until="release")
    assert run.resolution.plan_digest is not None
    release = world.catalog.current("child")
    assert release is not None
    current = world.catalog.current

    def meanwhile(image: str) -> Release | None:
        move(world, wanted(replace(release, digest=release.plan), "dev"), None)
        return current(image)

    monkeypatch.setattr(world.catalog, "current", meanwhile)
    job = world.job("child", run.resolution.plan_digest, run.candidate, "promote")
    report = promote.run(job, world.ports())
    assert not report.made
    assert "superseded: child: dev was moved meanwhile" in report.summary
    assert tag(world, "dev") == release.plan
