"""When a change of a base counts and whom it wakes; time is moved by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from golden_images.core.definition import BaseWatch
from golden_images.core.digest import Digest
from golden_images.core.reason import Reason, Why
from golden_images.core.release import BaseVersion, Release
from golden_images.core.watching import Wake
from golden_images.errors import CatalogError, RegistryError
from golden_images.ports import Manifest
from golden_images.stages.wake import Wakening, plan, wakes
from golden_images.stages.watch import Due, Needs, Watch, platforms
from tests.fakes.catalog import FakeCatalog
from tests.fakes.registry import FakeRegistry
from tests.services.images import push_image, push_index

HOST = "registry.test:5000"
BASE = f"{HOST}/team/base:1"
START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NEEDS: Needs = {BASE: {"web": ("linux/amd64",), "api": ("linux/amd64", "linux/arm64")}}
BOTH = ("linux/amd64", "linux/arm64")
POLL, QUIET = 60, 120


@dataclass
class Field:
    """A registry, a catalog and a clock; any number of watches may look."""

    needs: Needs = field(default_factory=lambda: NEEDS)
    registry: FakeRegistry = field(default_factory=lambda: FakeRegistry(HOST))
    seconds: float = 0
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.catalog = FakeCatalog(now=lambda: self.now)

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def watch(self) -> Watch:
        settings = BaseWatch(poll_seconds=POLL, quiet_seconds=QUIET)
        return Watch(self.needs, settings, self.catalog, lambda host: self.registry, self.log.append)

    def push(self, content: str, *, has: tuple[str, ...] = BOTH) -> Digest:
        return push_index(self.registry, "team/base", content.encode(), tag="1", platforms=has)

    def turn(self, watch: Watch) -> list[Due]:
        """One turn as the trigger makes it."""
        seen = {}
        for base in watch.begin(self.now):
            reference = watch.references[base]
            found = self.registry.resolve(reference.repository, reference.tag or "")
            if found is not None:
                seen[base] = found.digest
        return watch.end(seen, self.now)

    def wait(self, watch: Watch, seconds: int) -> list[Due]:
        """A turn every two seconds; the last one with anybody to wake."""
        last: list[Due] = []
        for _ in range(seconds // 2):
            self.seconds += 2
            last = self.turn(watch) or last
        return last

    def wake(self, *paused: str) -> Wakening:
        """What the task does, with every event reaching its images."""
        made = plan(self.needs, self.catalog, lambda image: image in paused)
        for due in (*made.events, *made.runs, *made.current):
            self.catalog.record_wakes(wakes(due))
        return made

    def settled(self, watch: Watch, content: str) -> Digest:
        """Pushed, settled, and everybody woken."""
        digest = self.push(content)
        assert self.wait(watch, POLL + QUIET + 60)
        self.wake()
        return digest

    def release(self, image: str, base: Digest) -> None:
        number = len(self.catalog.releases(image))
        self.catalog.record_release(
            Release(
                image=image,
                version=f"{number}",
                digest=Digest.of(f"{image} {number}".encode()),
                build_id=f"{number:064x}",
                reason=Reason(why=Why.BASE_CHANGED),
                released_at=self.now,
                plan=Digest.of(b"plan"),
                base_digest=str(base),
            )
        )


@pytest.fixture
def place() -> Field:
    return Field()


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


@pytest.mark.parametrize("call", ["record_base_version", "settle"])
def test_dying_between_version_and_wake_loses_and_doubles_nothing(place: Field, call: str) -> None:
    watch = place.watch()
    digest = place.push("A")
    place.turn(watch)
    place.seconds = QUIET + 2
    whole = getattr(place.catalog, call)

    def die(*args: object) -> None:
        whole(*args)
        raise KeyboardInterrupt

    setattr(place.catalog, call, die)
    with pytest.raises(KeyboardInterrupt):
        place.turn(watch)
    setattr(place.catalog, call, whole)
    (due,) = place.wait(place.watch(), POLL)
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


def test_what_is_seen_now_comes_after_what_a_fast_clock_recorded(place: Field) -> None:
    ahead = START + timedelta(minutes=4)
    place.catalog.record_base_version(BaseVersion(BASE, Digest.of(b"other"), ahead, source="watch"))
    watch = place.watch()
    digest = place.push("A")
    place.wait(watch, POLL + QUIET)
    latest = place.catalog.latest_base_version(BASE)
    assert latest is not None
    assert (latest.digest, latest.at) == (digest, ahead + timedelta(seconds=1))


def test_a_dated_tag_known_before_gives_the_version_its_date(place: Field) -> None:
    digest = place.push("A")
    at = START - timedelta(hours=8)
    place.catalog.record_base_version(BaseVersion(BASE, digest, at, tag="1-20261123", source="tags"))
    (due,) = place.wait(place.watch(), POLL + QUIET + 2)
    assert due.at == at
    assert len(place.catalog.base_versions(BASE)) == 1


class TestWaking:
    def test_one_event_where_it_wakes_exactly_who_needs_it(self, place: Field) -> None:
        digest = place.push("A")
        place.wait(place.watch(), POLL + QUIET + 2)
        made = place.wake()
        assert made == Wakening(
            events=[Due(BASE, digest, place.catalog.watched()[BASE].settled, ("web", "api"))]
        )
        assert place.wake() == Wakening()

    def test_an_image_built_on_it_already_is_left_alone(self, place: Field) -> None:
        digest = place.push("A")
        place.wait(place.watch(), POLL + QUIET + 2)
        place.release("web", digest)
        made = place.wake()
        assert made.events == []
        assert [due.images for due in made.current] == [("web",)]
        assert [due.images for due in made.runs] == [("api",)]

    def test_a_paused_image_is_woken_later_alone_and_for_the_newest(self, place: Field) -> None:
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

    def test_an_image_that_is_new_on_an_old_base_is_woken_alone(self, place: Field) -> None:
        place.settled(place.watch(), "A")
        place.needs = {BASE: {**NEEDS[BASE], "new": ("linux/amd64",)}}
        assert [due.images for due in place.wake().runs] == [("new",)]

    def test_wakes_for_a_former_version_do_not_count(self, place: Field) -> None:
        watch = place.watch()
        first = place.settled(watch, "A")
        assert place.catalog.wakes() == [
            Wake(name, BASE, first, place.catalog.watched()[BASE].settled)
            for name in ("api", "web")  # type: ignore[arg-type]
        ]
        place.push("B")
        assert place.wait(watch, POLL + QUIET + 2)


def test_platforms_of_an_image_and_of_an_index() -> None:
    registry = FakeRegistry(HOST)
    single = push_image(registry, "team/base", b"x", platform="linux/arm/v7")
    index = push_index(
        registry, "team/base", b"x", platforms=("linux/arm64/v8", "linux/amd64", "unknown/unknown")
    )
    assert platforms(registry, "team/base", single) == ("linux/arm/v7",)
    assert platforms(registry, "team/base", index) == ("linux/amd64", "linux/arm64/v8")
