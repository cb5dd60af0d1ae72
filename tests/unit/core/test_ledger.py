"""The ledger's rules by themselves; the contract suite of the catalog tests them on every database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from golden_images.core import ledger
from golden_images.core.digest import Digest
from golden_images.core.release import BaseVersion
from golden_images.errors import InputError

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def fact(letter: str, minute: int, source: str = "tags") -> BaseVersion:
    return BaseVersion("debian", Digest.of(letter.encode()), NOW + timedelta(minutes=minute), source=source)


@pytest.mark.parametrize(
    ("minutes", "admitted"), [(-10_000, True), (0, True), (5, True), (6, False), (600, False)]
)
def test_the_tolerance_of_clocks(minutes: int, admitted: bool) -> None:
    if admitted:
        assert ledger.admitted(fact("a", minutes), NOW) == fact("a", minutes)
    else:
        with pytest.raises(InputError, match=r"debian: a base version of 2026-11-23 .*Z lies in the future"):
            ledger.admitted(fact("a", minutes), NOW)


def test_a_time_without_a_zone_is_a_mistake() -> None:
    naive = BaseVersion("debian", Digest.of(b"a"), datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="no time zone"):
        ledger.admitted(naive, NOW)


def test_every_order_of_arrival_reads_the_same() -> None:
    facts = [fact("a", 1), fact("a", 2), fact("b", 3), fact("a", 4), fact("b", 5)]
    for order in permutations(facts):
        kept: list[BaseVersion] = []
        for each in order:
            assert ledger.is_news(each, kept)
            kept = sorted([*kept, each], key=lambda one: one.at)
        assert ledger.versions(kept) == [facts[0], facts[2], facts[3], facts[4]]


def test_polling_does_not_grow_the_ledger() -> None:
    kept = [fact("a", 1)]
    assert not any(ledger.is_news(fact("a", minute, "watch"), kept) for minute in range(1, 100))
    assert ledger.is_news(fact("b", 100, "watch"), kept)
    assert ledger.is_news(fact("a", 0, "watch"), kept), "before the first nothing was known"


def test_a_watch_that_saw_less_than_the_tags_told_later_is_healed_by_its_next_poll() -> None:
    """The watch knew the base as A; then the tags say that it was B in between."""
    kept = [fact("a", 1, "watch"), fact("b", 5)]
    assert ledger.is_news(fact("a", 6, "watch"), kept)
    assert [one.at.minute for one in ledger.versions([*kept, fact("a", 6, "watch")])] == [1, 5, 6]
