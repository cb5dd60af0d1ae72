"""Whatever dies, is down or is there twice: no change is lost, none counts twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from golden_images.core.watching import Watched
from golden_images.errors import CatalogError
from golden_images.watching.wake import Wakening, plan
from golden_images.watching.watch import Due
from tests.fakes.watch import BASE, BOTH, HOST, POLL, QUIET, START, Field


def test_a_wake_that_was_lost_is_announced_by_any_other_watch(place: Field) -> None:
    place.push("A")
    (lost,) = place.wait(place.watch(), POLL + QUIET + 2)
    another = place.watch()
    assert place.turn(another) == [lost]
    place.wake()
    assert place.wait(another, 5 * POLL) == []


def test_a_watch_that_dies_pending_is_gone_on_with_by_the_next(place: Field) -> None:
    first = place.watch()
    digest = place.push("A")
    place.turn(first)
    place.seconds = QUIET + 10
    (due,) = place.turn(place.watch())
    assert due == Due(BASE, digest, START, ("web", "api")), "dated by the first sight, not by the restart"


@pytest.mark.parametrize("call", ["observe", "settle"])
def test_dying_after_a_write_loses_and_doubles_nothing(place: Field, call: str) -> None:
    watch = place.watch()
    digest = place.push("A")
    whole = getattr(place.catalog, call)

    def die(*args: object) -> None:
        whole(*args)
        raise KeyboardInterrupt

    setattr(place.catalog, call, die)
    with pytest.raises(KeyboardInterrupt):
        place.wait(watch, POLL + QUIET + 2)
    setattr(place.catalog, call, whole)
    (due,) = place.wait(place.watch(), POLL + QUIET)
    assert due.digest == digest
    assert len(place.catalog.base_versions(BASE)) == 1


def test_two_watches_that_see_one_change_make_one_version_and_one_wake(place: Field) -> None:
    here, there = place.watch(), place.watch()
    place.settled(here, "A")
    place.turn(there)
    digest = place.push("B")
    found = []
    for _ in range(POLL + QUIET):
        place.seconds += 1
        found += place.turn(here) + place.turn(there)
        if found:
            made = place.wake()
            found.clear()
            assert [due.digest for due in made.events] == [digest]
    assert len(place.catalog.base_versions(BASE)) == 2
    assert place.wake() == Wakening()


def test_a_catalog_that_is_down_loses_nothing(place: Field) -> None:
    watch = place.watch()
    place.settled(watch, "A")
    place.push("B")
    place.catalog.down = True
    with pytest.raises(CatalogError):
        place.turn(watch)
    place.catalog.down = False
    assert place.wait(watch, 2 * POLL + QUIET)


def test_a_crash_amid_a_thousand_first_sights_keeps_those_that_were_written_down(place: Field) -> None:
    place.needs = {f"{HOST}/team/base:{number}": {} for number in range(1000)}
    digest = place.push("A")
    whole, calls = place.catalog.observe, []

    def die(seen: Sequence[Watched]) -> dict[str, Watched]:
        calls.append(len(seen))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return whole(seen)

    place.catalog.observe = die  # type: ignore[method-assign]
    watch = place.watch()
    with pytest.raises(KeyboardInterrupt):
        watch.end(dict.fromkeys(watch.begin(place.now), digest), place.now)
    written = len(place.catalog.watched())
    assert 0 < written == sum(calls[:2]) < 1000
    place.seconds = 30
    another = place.watch()
    another.end(dict.fromkeys(another.begin(place.now), digest), place.now)
    first_sights = Counter(row.since for row in place.catalog.watched().values())
    assert first_sights == {START: written, place.now: 1000 - written}


def test_a_change_of_a_thousand_bases_takes_a_few_calls_of_the_catalog(place: Field) -> None:
    place.needs = {f"{HOST}/team/base:{number}": {"web": BOTH} for number in range(1000)}
    watch = place.watch()
    seen = dict.fromkeys(watch.begin(place.now), place.push("A"))
    before = place.catalog.calls
    assert watch.end(seen, place.now) == []
    assert place.catalog.calls - before < 20
    place.seconds = QUIET
    before = place.catalog.calls
    assert len(watch.end(seen, place.now)) == 1000
    assert place.catalog.calls - before < 20
    before = place.catalog.calls
    assert len(place.watch().begin(place.now)) == 1000
    assert place.catalog.calls - before < 20
    before = place.catalog.calls
    assert len(plan(place.needs, place.catalog, lambda image: False).events) == 1000
    assert place.catalog.calls - before < 20
