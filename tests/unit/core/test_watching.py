"""When a change counts: by times that are handed in. The watch itself: tests/unit/watching."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from golden_images.core.digest import Digest
from golden_images.core.release import BaseVersion
from golden_images.core.watching import Watched, began, missing_platforms, quiet_period, settle

BASE = "docker.io/library/debian:12"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
QUIET = timedelta(minutes=2)
A, B = (Digest.of(name) for name in (b"a", b"b"))


def at(digest: Digest, minutes: float, base: str = BASE) -> BaseVersion:
    """A version that began so many minutes before now."""
    return BaseVersion(base, digest, NOW - timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("versions", "factor"),
    [
        ([], 1),
        ([at(B, 9)], 1),
        ([at(A, 9)], 1),
        ([at(A, 9), at(B, 6)], 2),
        ([at(A, 9), at(B, 6), at(A, 3)], 2),
        ([at(A, 9), at(B, 8), at(A, 7), at(B, 6)], 4),
        ([at(A, 99 - n) for n in range(40)] + [at(B, 1)], 64),
    ],
)
def test_each_return_doubles_how_long_it_has_to_last(versions: list[BaseVersion], factor: int) -> None:
    """The digest's own version of now, the last one, is no return."""
    assert quiet_period(A, versions, QUIET) == factor * QUIET


def test_what_is_seen_first_is_dated_by_its_first_sight() -> None:
    assert began(at(A, 3), []) == at(A, 3).at


def test_what_is_the_ledgers_newest_already_began_then() -> None:
    assert began(at(A, 3), [at(B, 30), at(A, 20)]) == at(A, 20).at


def test_what_is_seen_now_is_never_dated_before_what_it_replaces() -> None:
    ahead = at(B, -5)
    assert began(at(A, 3), [ahead]) == ahead.at + timedelta(seconds=1)
    assert began(at(A, 3), [at(B, 9)]) == at(A, 3).at


def watched(digest: Digest, minutes: float, settled: datetime | None = None) -> Watched:
    return Watched(BASE, digest, NOW - timedelta(minutes=minutes), settled=settled)


def test_a_pending_digest_settles_with_the_time_of_its_version() -> None:
    found = settle([at(A, 3)], {BASE: watched(A, 3)}, {BASE: [at(B, 30)]}, NOW)
    assert found.rows[BASE].settled == at(A, 3).at
    assert [(one.digest, one.at) for one in found.news] == [(A, at(A, 3).at)]
    assert found.refused == {}


def test_what_the_ledger_has_already_settles_and_is_no_news() -> None:
    found = settle([at(A, 3)], {BASE: watched(A, 3)}, {BASE: [at(A, 30)]}, NOW)
    assert found.rows[BASE].settled == at(A, 30).at
    assert found.news == []


def test_what_settled_before_stays_as_it_is() -> None:
    row = watched(A, 3, settled=NOW)
    found = settle([at(A, 3)], {BASE: row}, {}, NOW)
    assert found.rows == {BASE: row}
    assert found.news == []


@pytest.mark.parametrize("rows", [{}, {BASE: watched(B, 1)}])
def test_a_base_that_is_another_one_by_now_is_left_alone(rows: dict[str, Watched]) -> None:
    found = settle([at(A, 3)], rows, {}, NOW)
    assert (found.rows, found.refused, found.news) == ({}, {}, [])


def test_what_the_ledger_refuses_stops_no_other() -> None:
    """A day ahead of the catalog's clock: a clock that is wrong."""
    other = "docker.io/library/alpine:3"
    rows = {BASE: watched(A, 3), other: Watched(other, B, NOW)}
    found = settle([at(A, -24 * 60), at(B, 0, other)], rows, {}, NOW)
    assert list(found.refused) == [BASE]
    assert list(found.rows) == [other]
    assert [one.base for one in found.news] == [other]


@pytest.mark.parametrize(
    ("has", "needs", "missing"),
    [
        (["linux/amd64"], ["linux/amd64"], []),
        (["linux/arm64/v8"], ["linux/arm64"], []),
        (["linux/arm64"], ["linux/arm64/v8", "linux/amd64/v1"], ["linux/amd64/v1"]),
        (["linux/amd64"], ["linux/s390x", "linux/amd64/v3", "linux/386"], None),
        ([], [], []),
    ],
)
def test_a_platform_is_there_under_either_of_its_names(
    has: list[str], needs: list[str], missing: list[str] | None
) -> None:
    assert missing_platforms(has, needs) == (needs if missing is None else missing)
