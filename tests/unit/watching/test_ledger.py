"""Dated tags of a registry become base versions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from golden_images.core.digest import Digest
from golden_images.core.reference import Reference
from golden_images.watching.ledger import Synced, date_of, sync
from tests.fakes.catalog import FakeCatalog
from tests.fakes.registry import FakeRegistry
from tests.services.images import push_image, push_index

BASE = Reference("registry.test:5000", "team/base", "12-slim")
PATTERN = r"12-(?P<date>[\dTZ]+)-slim"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry()


@pytest.fixture
def catalog() -> FakeCatalog:
    return FakeCatalog(now=lambda: NOW)


def take(registry: FakeRegistry, catalog: FakeCatalog) -> Synced:
    return sync(BASE, PATTERN, registry, catalog, lambda line: None)


def days(catalog: FakeCatalog) -> list[tuple[str, Digest]]:
    return [(f"{one.at:%Y%m%d}", one.digest) for one in catalog.base_versions(str(BASE))]


def test_dates_are_read_in_every_usual_spelling() -> None:
    for text in ("20241111", "2024-11-11", "2024.11.11", "2024_11_11"):
        assert date_of(text) == datetime(2024, 11, 11, tzinfo=UTC)
    assert date_of("20241111T081530Z") == datetime(2024, 11, 11, 8, 15, 30, tzinfo=UTC)
    assert date_of("202411110815") == datetime(2024, 11, 11, 8, 15, tzinfo=UTC)
    for text in ("", "2024", "20241301", "latest", "241111"):
        assert date_of(text) is None


def test_only_tags_that_match_whole_count(registry: FakeRegistry, catalog: FakeCatalog) -> None:
    digest = push_image(registry, "team/base", b"A", tag="12-20241111-slim")
    for other in ("12-slim", "12-20241111-slim-arm", "x12-20241111-slim"):
        push_image(registry, "team/base", other.encode(), tag=other)
    result = take(registry, catalog)
    assert (result.tags, result.matched, result.recorded, result.problems) == (4, 1, 1, [])
    assert days(catalog) == [("20241111", digest)]
    (version,) = catalog.base_versions(str(BASE))
    assert (version.tag, version.source) == ("12-20241111-slim", "tags")


def test_platforms_are_read_once_for_each_digest(
    registry: FakeRegistry, catalog: FakeCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = ("linux/amd64", "linux/arm64")
    index = push_index(registry, "team/base", b"A", tag="12-20241111-slim", platforms=both)
    single = push_image(registry, "team/base", b"B", tag="12-20241112-slim")
    take(registry, catalog)
    assert [one.platforms for one in catalog.base_versions(str(BASE))] == [both, ("linux/amd64",)]

    read: list[str] = []
    manifest = registry.manifest
    monkeypatch.setattr(registry, "manifest", lambda name, what: read.append(what) or manifest(name, what))
    third = push_image(registry, "team/base", b"C", tag="12-20241113-slim")
    take(registry, catalog)
    assert [digest for digest in read if digest in (index, single, third)] == [third]


def test_again_changes_nothing_and_late_tags_take_their_place(
    registry: FakeRegistry, catalog: FakeCatalog
) -> None:
    newest = push_image(registry, "team/base", b"C", tag="12-20241201-slim")
    assert take(registry, catalog).recorded == 1
    oldest = push_image(registry, "team/base", b"A", tag="12-20241001-slim")
    assert take(registry, catalog).recorded == 1
    assert take(registry, catalog).recorded == 0
    assert days(catalog) == [("20241001", oldest), ("20241201", newest)]


def test_two_dates_of_one_digest_are_one_version(registry: FakeRegistry, catalog: FakeCatalog) -> None:
    for day in ("20241111", "20241112"):
        digest = push_image(registry, "team/base", b"A", tag=f"12-{day}-slim")
    take(registry, catalog)
    assert days(catalog) == [("20241111", digest)]


def test_a_dated_tag_that_was_pushed_anew_gives_the_day_a_second_version(
    registry: FakeRegistry, catalog: FakeCatalog
) -> None:
    old = push_image(registry, "team/base", b"A", tag="12-20241111-slim")
    take(registry, catalog)
    new = push_image(registry, "team/base", b"B", tag="12-20241111-slim")
    assert take(registry, catalog).recorded == 1
    assert days(catalog) == [("20241111", old), ("20241111", new)]


def test_what_is_no_date_or_lies_ahead_is_a_problem_and_stops_nothing(
    registry: FakeRegistry, catalog: FakeCatalog
) -> None:
    for day in ("20241311", "20270101", "20241111"):
        push_image(registry, "team/base", day.encode(), tag=f"12-{day}-slim")
    result = take(registry, catalog)
    assert result.recorded == 1
    assert ["'20241311' is no date" in one or "lies in the future" in one for one in result.problems] == [
        True
    ] * 2
