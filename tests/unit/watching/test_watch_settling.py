"""When a change of a base counts."""

from __future__ import annotations

from datetime import timedelta

from golden_images.core.digest import Digest
from golden_images.core.release import BaseVersion
from golden_images.watching.watch import Due
from tests.fakes.watch import BASE, BOTH, HOST, POLL, QUIET, START, Field


def test_a_change_is_pending_first_and_a_version_after_the_quiet_period(place: Field) -> None:
    watch = place.watch()
    digest = place.push("A")
    assert place.turn(watch) == []
    assert place.catalog.watched()[BASE].digest == digest
    assert place.catalog.base_versions(BASE) == []
    assert place.wait(watch, QUIET - 2) == []
    (due,) = place.wait(watch, 2)
    assert due == Due(BASE, digest, START, ("web", "api"))
    assert place.catalog.base_versions(BASE) == [BaseVersion(BASE, digest, START, BOTH, "1", "watch")]


def test_a_burst_of_pushes_ends_in_one_version_the_last(place: Field) -> None:
    watch = place.watch()
    place.settled(watch, "old")
    for number in range(5):
        newest = place.push(f"burst {number}")
        assert place.wait(watch, 70) == []
    (due,) = place.wait(watch, POLL + QUIET)
    assert due.digest == newest
    assert len(place.catalog.base_versions(BASE)) == 2


def test_a_tag_that_is_what_it_was_before_it_settled_wakes_nobody(place: Field) -> None:
    watch = place.watch()
    place.settled(watch, "A")
    place.push("B")
    place.wait(watch, POLL)
    place.push("A")
    assert place.wait(watch, 10 * QUIET) == []
    assert len(place.catalog.base_versions(BASE)) == 1


def test_each_return_of_a_digest_doubles_how_long_it_has_to_last(place: Field) -> None:
    watch = place.watch()
    woken = 0
    for number in range(240):  # every six minutes, for a day
        place.push("AB"[number % 2])
        woken += bool(place.wait(watch, 360))
        place.wake()
    assert woken == len(place.catalog.base_versions(BASE))
    assert woken < 12


def test_a_rollback_that_stays_is_a_version_again(place: Field) -> None:
    watch = place.watch()
    first = place.settled(watch, "A")
    place.settled(watch, "B")
    place.push("A")
    (due,) = place.wait(watch, POLL + 2 * QUIET + 2)
    assert due.digest == first
    assert due.at > START
    assert len(place.catalog.base_versions(BASE)) == 3


def test_what_is_seen_now_comes_after_what_a_fast_clock_recorded(place: Field) -> None:
    ahead = START + timedelta(minutes=4)
    place.catalog.record_base_version(BaseVersion(BASE, Digest.of(b"other"), ahead, source="watch"))
    watch = place.watch()
    digest = place.push("A")
    place.wait(watch, POLL + QUIET)
    latest = place.catalog.base_versions(BASE)[-1]
    assert (latest.digest, latest.at) == (digest, ahead + timedelta(seconds=1))


def test_a_dated_tag_known_before_gives_the_version_its_date(place: Field) -> None:
    digest = place.push("A")
    at = START - timedelta(hours=8)
    place.catalog.record_base_version(BaseVersion(BASE, digest, at, tag="1-20261123", source="tags"))
    (due,) = place.wait(place.watch(), POLL + QUIET + 2)
    assert due.at == at
    assert len(place.catalog.base_versions(BASE)) == 1


def test_a_version_that_the_ledger_refuses_does_not_stop_the_others(place: Field) -> None:
    other = f"{HOST}/team/other:1"
    place.needs = {BASE: {"web": BOTH}, other: {"api": BOTH}}
    watch = place.watch()
    place.push("A")
    place.push("A", repository="team/other")
    place.turn(watch)
    place.seconds = QUIET
    ahead = place.now + timedelta(minutes=5)
    place.catalog.record_base_version(BaseVersion(BASE, Digest.of(b"fast clock"), ahead))
    assert [due.base for due in place.turn(watch)] == [other]
    assert "lies in the future" in place.log[-2]
    place.seconds += 2
    assert [due.base for due in place.turn(watch)] == [BASE, other], "once the clocks agree"
