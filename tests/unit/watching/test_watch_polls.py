"""What is looked at, and when."""

from __future__ import annotations

from tests.fakes.watch import BASE, Field


def test_a_poke_is_looked_at_at_once(place: Field) -> None:
    place.settled(place.watch(), "A")
    watch = place.watch()
    place.turn(watch)
    place.seconds += 2
    assert watch.begin(place.now) == []
    place.catalog.poke([BASE])
    assert watch.begin(place.now) == [BASE]
    assert watch.begin(place.now) == []


def test_a_clock_that_was_set_back_does_not_stop_the_watch(place: Field) -> None:
    watch = place.watch()
    place.push("A")
    place.turn(watch)
    place.seconds = -3600
    assert watch.begin(place.now) == [BASE]
