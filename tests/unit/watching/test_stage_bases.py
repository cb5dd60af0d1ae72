"""Bases of build stages: watched from an image's first run on, and each image has a run of its own."""

from __future__ import annotations

import pytest

from golden_images.core.digest import Digest
from golden_images.core.watching import StageBase
from golden_images.watching.wake import Wakening
from tests.fakes.watch import BASE, BOTH, HOST, POLL, QUIET, Field

TOOLS = f"{HOST}/team/tools:1"
AMD64 = ("linux/amd64",)


@pytest.fixture
def place() -> Field:
    return Field(needs={}, images=frozenset({"web", "api"}))


def stands_on(place: Field, image: str, digest: Digest, base: str = TOOLS) -> None:
    place.catalog.set_stage_bases(image, [StageBase(base, digest, AMD64)])


def push(place: Field, content: str, *, has: tuple[str, ...] = BOTH) -> Digest:
    return place.push(content, has=has, repository="team/tools")


def settled(place: Field) -> list[tuple[str, ...]]:
    """Whom the watch announces after a quiet period."""
    return [due.images for due in place.wait(place.watch(), POLL + QUIET + 4)]


def test_it_is_looked_at_once_a_plan_takes_from_it(place: Field) -> None:
    watch = place.watch()
    assert watch.begin(place.now) == []
    stands_on(place, "web", push(place, "A"))
    place.wait(watch, POLL + 2)
    assert watch.needs == {TOOLS: {"web": AMD64}}
    assert TOOLS in place.catalog.watched()


def test_an_image_that_was_built_on_it_is_woken_by_the_next_version_alone(place: Field) -> None:
    first = push(place, "A")
    stands_on(place, "web", first)
    assert settled(place) == [("web",)]
    assert [due.images for due in place.wake().current] == [("web",)]
    assert settled(place) == []
    second = push(place, "B")
    assert settled(place) == [("web",)]
    made = place.wake()
    assert [(due.images, due.base, due.digest) for due in made.stages] == [(("web",), TOOLS, second)]
    assert (made.events, made.runs, made.current) == ([], [], [])
    assert place.wake() == Wakening()
    assert [version.digest for version in place.catalog.base_versions(TOOLS)] == [first, second]


def test_each_image_has_a_run_of_its_own_and_a_paused_one_later(place: Field) -> None:
    for image in ("web", "api"):
        stands_on(place, image, Digest.of(b"older"))
    push(place, "A")
    settled(place)
    made = place.wake("api")
    assert [due.images for due in made.stages] == [("web",)]
    assert made.paused == ["api"]
    assert [due.images for due in place.wake().stages] == [("api",)]


def test_a_version_without_the_images_platform_wakes_nobody(place: Field) -> None:
    stands_on(place, "web", Digest.of(b"older"))
    push(place, "A", has=("linux/arm64",))
    assert settled(place) == []


def test_an_image_that_is_no_more_is_forgotten(place: Field) -> None:
    stands_on(place, "removed", push(place, "A"))
    assert settled(place) == []
    assert place.watch().begin(place.now) == []


def test_a_base_that_is_one_images_own_and_anothers_stages_wakes_each_in_its_way(place: Field) -> None:
    place.needs = {BASE: {"api": AMD64}}
    stands_on(place, "web", Digest.of(b"older"), BASE)
    place.push("A")
    assert settled(place) == [("api", "web")]
    made = place.wake()
    assert [due.images for due in made.events] == [("api",)]
    assert [due.images for due in made.stages] == [("web",)]
    place.push("B")
    settled(place)
    made = place.wake()
    assert [due.images for due in made.events] == [("api",)]
    assert [due.images for due in made.stages] == [("web",)]


def test_its_own_base_is_no_stage_of_it_too(place: Field) -> None:
    place.needs = {BASE: {"web": AMD64}}
    stands_on(place, "web", Digest.of(b"older"), BASE)
    place.push("A")
    assert settled(place) == [("web",)]
    made = place.wake()
    assert ([due.images for due in made.events], made.stages) == ([("web",)], [])
