"""Who is woken for a settled version, and how."""

from __future__ import annotations

from golden_images.core.digest import Digest
from golden_images.core.watching import Wake
from golden_images.watching.wake import Wakening
from golden_images.watching.watch import Due
from tests.fakes.watch import BASE, NEEDS, POLL, QUIET, Field


def test_one_event_where_it_wakes_exactly_who_needs_it(place: Field) -> None:
    digest = place.push("A")
    place.wait(place.watch(), POLL + QUIET + 2)
    made = place.wake()
    assert made == Wakening(events=[Due(BASE, digest, place.catalog.watched()[BASE].settled, ("web", "api"))])
    assert place.wake() == Wakening()


def test_an_image_built_on_it_already_is_left_alone(place: Field) -> None:
    digest = place.push("A")
    place.wait(place.watch(), POLL + QUIET + 2)
    place.release("web", digest)
    made = place.wake()
    assert made.events == []
    assert [due.images for due in made.current] == [("web",)]
    assert [due.images for due in made.runs] == [("api",)]


def test_a_paused_image_is_woken_later_alone_and_for_the_newest(place: Field) -> None:
    watch = place.watch()
    place.settled(watch, "A")
    for content in ("B", "C"):
        newest = place.push(content)
        place.wait(watch, POLL + QUIET + 2)
        made = place.wake("api")
        assert [due.images for due in made.events] == [("web",)]
        assert made.paused == ["api"]
        assert place.wake("api") == Wakening(paused=["api"])
    made = place.wake()
    assert made.events == []
    assert [(due.images, due.digest) for due in made.runs] == [(("api",), newest)]
    assert place.wake() == Wakening()


def test_an_image_that_is_new_on_an_old_base_is_woken_alone(place: Field) -> None:
    place.settled(place.watch(), "A")
    place.needs = {BASE: {**NEEDS[BASE], "new": ("linux/amd64",)}}
    assert [due.images for due in place.wake().runs] == [("new",)]


def test_nobody_wakes_an_image_that_was_renamed(place: Field) -> None:
    """Airflow knows the old DAG for a while; an event would start it, to fail."""
    watch = place.watch()
    place.settled(watch, "A")
    place.needs = {BASE: {"site": NEEDS[BASE]["web"], "api": NEEDS[BASE]["api"]}}
    assert [due.images for due in place.wake().runs] == [("site",)]
    place.push("B")
    place.wait(watch, POLL + QUIET + 2)
    made = place.wake()
    assert (made.events, [due.images for due in made.runs]) == ([], [("site",), ("api",)])


def test_once_a_removed_image_is_forgotten_its_neighbours_share_an_event(place: Field) -> None:
    watch = place.watch()
    place.settled(watch, "A")
    place.needs = watch.needs = {BASE: {"api": NEEDS[BASE]["api"]}}
    place.push("B")
    place.wait(watch, POLL + QUIET + 2)
    assert [due.images for due in place.wake().runs] == [("api",)]
    place.push("C")
    place.wait(watch, POLL + QUIET + 2)
    assert [due.images for due in place.wake().events] == [("api",)]


def test_a_paused_image_that_left_listens_to_nothing(place: Field) -> None:
    watch = place.watch()
    place.settled(watch, "A")
    place.needs = watch.needs = {BASE: {"api": NEEDS[BASE]["api"]}}
    place.push("B")
    place.wait(watch, POLL + QUIET + 2)
    assert [due.images for due in place.wake("web").events] == [("api",)]


def test_an_image_that_came_from_another_base_is_woken_alone(place: Field) -> None:
    """Its event would be lost: Airflow takes a while to see that it listens to the new base."""
    watch = place.watch()
    place.settled(watch, "A")
    other = BASE.replace("base", "other")
    place.push("X", repository="team/other")
    place.needs = watch.needs = {BASE: {"api": NEEDS[BASE]["api"]}, other: {"web": NEEDS[BASE]["web"]}}
    moved = place.watch()
    assert place.wait(moved, POLL + QUIET + 2)
    made = place.wake()
    assert (made.events, [due.images for due in made.runs]) == ([], [("web",)])
    place.push("Y", repository="team/other")
    place.wait(moved, POLL + QUIET + 2)
    assert [due.images for due in place.wake().events] == [("web",)]


def test_an_image_that_asks_for_wakes_only_now_is_woken_alone(place: Field) -> None:
    place.push("A")
    place.release("web", Digest.of(b"earlier"))
    place.needs = {BASE: {"web": NEEDS[BASE]["web"]}}
    place.wait(place.watch(), POLL + QUIET + 2)
    made = place.wake()
    assert (made.events, [due.images for due in made.runs]) == ([], [("web",)])


def test_wakes_for_a_former_version_do_not_count(place: Field) -> None:
    watch = place.watch()
    first = place.settled(watch, "A")
    assert place.catalog.wakes() == [
        Wake(name, BASE, first, place.catalog.watched()[BASE].settled)
        for name in ("api", "web")  # type: ignore[arg-type]
    ]
    place.push("B")
    assert place.wait(watch, POLL + QUIET + 2)
