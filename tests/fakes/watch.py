"""A base that is watched: its registry, its catalog, and a clock that is moved by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from golden_images.core.digest import Digest
from golden_images.core.organisation import BaseWatch
from golden_images.core.reason import Reason, Why
from golden_images.core.release import Release
from golden_images.core.watching import Needs
from golden_images.watching.wake import Wakening, plan, wakes
from golden_images.watching.watch import Due, Watch
from tests.fakes.catalog import FakeCatalog
from tests.fakes.registry import FakeRegistry
from tests.services.images import push_index

HOST = "registry.test:5000"
BASE = f"{HOST}/team/base:1"
START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NEEDS: Needs = {BASE: {"web": ("linux/amd64",), "api": ("linux/amd64", "linux/arm64")}}
BOTH = ("linux/amd64", "linux/arm64")
POLL, QUIET = 60, 120


@dataclass(slots=True)
class Field:
    """A registry, a catalog and a clock; any number of watches may look."""

    needs: Needs = field(default_factory=lambda: NEEDS)
    registry: FakeRegistry = field(default_factory=lambda: FakeRegistry(HOST))
    seconds: float = 0
    #: Those that may have build stages on bases of their own.
    images: frozenset[str] = frozenset()
    log: list[str] = field(default_factory=list)
    catalog: FakeCatalog = field(init=False)

    def __post_init__(self) -> None:
        self.catalog = FakeCatalog(now=lambda: self.now)

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def watch(self, *, concurrency: int = 8) -> Watch:
        settings = BaseWatch(
            poll_seconds=POLL, quiet_seconds=QUIET, concurrency=concurrency, requests_per_minute=10**9
        )
        return Watch(
            self.needs, settings, self.catalog, lambda host: self.registry, self.log.append, self.images
        )

    def push(self, content: str, *, has: tuple[str, ...] = BOTH, repository: str = "team/base") -> Digest:
        return push_index(self.registry, repository, content.encode(), tag="1", platforms=has)

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
        made = plan(self.needs, self.catalog, lambda image: image in paused, self.images)
        for due in (*made.events, *made.runs, *made.stages, *made.current):
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
