"""A day, replayed on real components: every push, every run, every release."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.integration.day import LEVELS, Day
from tests.integration.tiny import tiny_project, wait_for
from tests.services.registry import RegistryService

pytestmark = [pytest.mark.airflow, pytest.mark.docker, pytest.mark.registry]

ORGANISATION = """
schema: 1
registry: {connection: golden_images_registry, namespace: golden}
engine: {connection: golden_images_engine}
catalog: {connection: golden_images_catalog}
channels: [{name: dev, automatic: true}]
base_watch: {poll_seconds: 5, quiet_seconds: 2}
defaults: {nightly: "0 2 * * *", retries: 2, retry_delay_seconds: 1}
"""


@pytest.fixture
def day(tmp_path_factory: pytest.TempPathFactory, shell_image: str) -> Iterator[Day]:
    service = RegistryService(tmp_path_factory.mktemp("day-registry"))
    service.start()
    try:
        folder, define = tmp_path_factory.mktemp("day"), lambda tiny: Day(tiny).define()
        with tiny_project(folder, service, shell_image, ORGANISATION, define) as tiny:
            wait_for(tiny, *LEVELS)
            yield Day(tiny)
    finally:
        service.stop()


def test_a_day_makes_exactly_these_builds(day: Day) -> None:
    # The first burst. The last level is busy with it for most of the day.
    level3 = day.hold("level3", "a")
    day.push("a", whole=False)
    day.push("a")
    day.at("level1", 1, "build")

    # The second: half an index lasts longer than the quiet period, a whole one does not last.
    level1 = day.hold("level1", "b")
    half = day.push("b", whole=False)
    day.seen(half)
    day.looked()
    day.push("overtaken")
    day.push("b")
    day.at("level1", 2, "test")

    # The third, while the first level is busy with the second.
    day.push("c", whole=False)
    day.push("c")
    day.waiting("level1", "c")

    # The fourth comes to nothing: to another digest and back.
    elsewhere = day.push("elsewhere", whole=False)
    day.seen(elsewhere)
    back = day.push("c")
    day.seen(back)
    day.looked()
    day.waiting("level1", "c")

    # The fifth overtakes the third.
    day.push("d", whole=False)
    day.push("overtaken again")
    day.push("d")
    day.waiting("level1", "c", "d")
    assert len(day.pushes) == 12

    # The second level takes the second burst before the first level has released the fifth, ...
    day.at("level3", 1, "test")
    level1_again = day.hold("level1", "d")
    level1.unlink()
    day.at("level2", 2, "build")
    level1_again.unlink()
    # ... and the third level is let go when it has both before it.
    day.waiting("level3", "level2 on level1 on b", "level2 on level1 on d")
    level3.unlink()
    for image, count in zip(LEVELS, (4, 3, 3), strict=True):
        day.ended(image, count)

    day.night()
    for image, count in zip(LEVELS, (5, 4, 4), strict=True):
        tick = day.ended(image, count)[-1]
        states = day.tiny.states(tick)
        assert states.pop("resolve") == "success"
        assert set(states.values()) == {"skipped"}, "it ends in its first task"

    # Of the base's versions all had their runs, but one of them was overtaken.
    assert day.ledger() == ["a", "b", "c", "d"]
    since = day.catalog.base_versions(day.base)[0].at
    window = (since.isoformat(), datetime.now(UTC).isoformat())
    assert day.past.rest("level1", window, dry_run=True)["total_entries"] == 0
    day.past.rest("level1", window, reprocess_behavior="completed")
    day.ended("level1", 9)
    # Whom a mistake would have woken meanwhile, it has woken now.
    day.looked()

    assert day.rows("level1") == [
        ("asset_triggered", "new", "a"),
        ("asset_triggered", "base-changed", "b"),
        ("asset_triggered", "superseded", "c"),
        ("asset_triggered", "base-changed", "d"),
        ("scheduled", "unchanged", "02:00"),
        ("backfill", "unchanged", "a"),
        ("backfill", "unchanged", "b"),
        ("backfill", "backfill", "c"),
        ("backfill", "unchanged", "d"),
    ]
    assert day.rows("level2") == [
        ("asset_triggered", "new", "level1 on a"),
        ("asset_triggered", "base-changed", "level1 on b"),
        ("asset_triggered", "base-changed", "level1 on d"),
        ("scheduled", "unchanged", "02:00"),
    ]
    assert day.rows("level3") == [
        ("asset_triggered", "new", "level2 on level1 on a"),
        ("asset_triggered", "superseded", "level2 on level1 on b"),
        ("asset_triggered", "base-changed", "level2 on level1 on d"),
        ("scheduled", "unchanged", "02:00"),
    ]

    releases = {
        "level1": ["a", "b", "d", "c"],
        "level2": ["level1 on a", "level1 on b", "level1 on d"],
        "level3": ["level2 on level1 on a", "level2 on level1 on d"],
    }
    for image, stands_on in releases.items():
        made = day.catalog.releases(image)[::-1]
        assert [day.name(release.base_digest) for release in made] == stands_on
        in_registry = {release.version: release.digest for release in made}
        versions = day.versions(image)
        assert {tag: day.tiny.digest(image, tag) for tag in versions} == in_registry
        assert sorted(versions.values()) == sorted(stands_on)
        moved = [day.name(move.digest) for move in day.catalog.moves(image, "dev")[::-1]]
        assert moved == [f"{image} on {base}" for base in stands_on if base != "c"]
        assert day.name(day.tiny.digest(image, "dev")) == moved[-1]
