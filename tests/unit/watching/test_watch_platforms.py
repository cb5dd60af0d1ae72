"""A base counts when it has the platforms that images need; they are read once a digest."""

from __future__ import annotations

from threading import Barrier, Lock

from golden_images.errors import RegistryError
from golden_images.ports import Manifest
from golden_images.watching.platforms import Pace, platforms
from tests.fakes.registry import FakeRegistry
from tests.fakes.watch import BASE, BOTH, HOST, POLL, QUIET, Field
from tests.services.images import push_image, push_index


def test_an_index_that_lands_platform_by_platform_wakes_each_image_once(place: Field) -> None:
    place.needs = {BASE: {"api": BOTH}}
    watch = place.watch()
    place.push("A", has=("linux/amd64",))
    assert place.wait(watch, 20 * QUIET) == [], "long quiet, and not whole"
    whole = place.push("A", has=BOTH)
    (due,) = place.wait(watch, POLL + QUIET + 2)
    assert (due.digest, due.images) == (whole, ("api",))
    assert [version.digest for version in place.catalog.base_versions(BASE)] == [whole]
    assert "api needs linux/arm64" in place.log[0]


def test_an_image_whose_platform_is_there_does_not_wait_for_another_ones(place: Field) -> None:
    watch = place.watch()
    place.push("A", has=("linux/amd64",))
    (due,) = place.wait(watch, POLL + QUIET)
    assert due.images == ("web",)


def test_what_is_incomplete_is_looked_at_once_a_poll_and_not_every_turn(place: Field) -> None:
    place.needs = {BASE: {"api": BOTH}}
    watch = place.watch()
    place.push("A", has=("linux/amd64",))
    looks = 0
    for _ in range(5 * QUIET // 2):
        place.seconds += 2
        looks += len(watch.begin(place.now))
        watch.end({BASE: place.registry.resolve("team/base", "1").digest}, place.now)  # type: ignore[union-attr]
    assert looks == 5 * QUIET // POLL


def test_a_registry_that_wants_a_pause_is_not_read_for_every_base(place: Field) -> None:
    place.needs = {f"{HOST}/team/base:{number}": {} for number in range(5)}
    watch = place.watch()
    digest = place.push("A")
    asked = []

    def manifest(repository: str, reference: str) -> Manifest:
        asked.append(reference)
        raise RegistryError("slow down", endpoint=HOST, status=429)

    read, place.registry.manifest = place.registry.manifest, manifest  # type: ignore[method-assign]
    seen = dict.fromkeys(watch.begin(place.now), digest)
    watch.end(seen, place.now)
    assert len(asked) == 1
    place.registry.manifest = read  # type: ignore[method-assign]
    watch.end(seen, place.now)
    assert set(place.catalog.watched()) == set(place.needs), "made good at the next poll"


def test_platforms_of_an_image_and_of_an_index() -> None:
    registry = FakeRegistry(HOST)
    single = push_image(registry, "team/base", b"x", platform="linux/arm/v7")
    index = push_index(
        registry, "team/base", b"x", platforms=("linux/arm64/v8", "linux/amd64", "unknown/unknown")
    )
    assert platforms(registry, "team/base", single) == ("linux/arm/v7",)
    assert platforms(registry, "team/base", index) == ("linux/amd64", "linux/arm64/v8")


def test_many_are_read_at_once_and_never_more_than_allowed(place: Field) -> None:
    place.needs = {f"{HOST}/team/base:{number}": {} for number in range(17)}
    watch = place.watch(concurrency=4)
    digest = place.push("A")
    read, four, lock, inside = place.registry.manifest, Barrier(4), Lock(), [0]
    most = []

    def manifest(repository: str, reference: str) -> Manifest:
        with lock:
            inside[0] += 1
            most.append(inside[0])
        if len(most) > 1:  # the first one is asked alone
            four.wait(timeout=60)
        with lock:
            inside[0] -= 1
        return read(repository, reference)

    place.registry.manifest = manifest  # type: ignore[method-assign]
    watch.end(dict.fromkeys(watch.begin(place.now), digest), place.now)
    assert len(place.catalog.watched()) == len(most) == 17
    assert max(most) == 4


def test_the_pace_holds_over_all_who_wait_and_an_idle_time_is_not_made_up_for() -> None:
    now, slept = 100.0, []
    pace = Pace(30, now=lambda: now, sleep=slept.append)
    for _ in range(3):
        pace.wait()
    now = 200.0
    pace.wait()
    pace.wait()
    assert slept == [0, 2, 4, 0, 2]


def test_every_request_is_paced(place: Field) -> None:
    asked: list[None] = []
    single = push_image(place.registry, "team/base", b"x")
    platforms(place.registry, "team/base", single, lambda: asked.append(None))
    assert len(asked) == 2, "an image's configuration is a request of its own"
    platforms(place.registry, "team/base", place.push("A"), lambda: asked.append(None))
    assert len(asked) == 3


def test_what_a_base_is_no_more_does_not_settle_when_what_it_is_cannot_be_read(place: Field) -> None:
    watch = place.watch()
    place.push("A")
    place.turn(watch)
    newest, read = place.push("B"), place.registry.manifest

    def manifest(repository: str, reference: str) -> Manifest:
        raise RegistryError("no answer", endpoint=HOST)

    place.registry.manifest = manifest  # type: ignore[method-assign]
    assert place.wait(watch, 5 * QUIET) == []
    assert place.catalog.bases() == []
    place.registry.manifest = read  # type: ignore[method-assign]
    (due,) = place.wait(watch, POLL + QUIET + 2)
    assert due.digest == newest
