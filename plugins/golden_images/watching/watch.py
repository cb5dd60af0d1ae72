"""The base watch, without its requests: what to look at, what a look means, who is to be woken.

The registry is compared with what the catalog holds, not with what this process remembers: whatever is
lost on the way is found again at the next look, and another process may go on at any point. Rules:
:mod:`golden_images.core.watching`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from golden_images.core.digest import Digest
from golden_images.core.ledger import WATCH
from golden_images.core.organisation import BaseWatch
from golden_images.core.reference import Reference
from golden_images.core.release import BaseVersion
from golden_images.core.watching import MEMORY, Needs, Watched, missing_platforms, quiet_period
from golden_images.ports import Catalog, Log, Registry
from golden_images.watching.platforms import PlatformReader
from golden_images.watching.stage_bases import stage_needs, together

_NEVER = datetime.max.replace(tzinfo=UTC)
#: So many changes are written down at a time: a crash in the middle of thousands loses few first sights.
_PORTION = 250


@dataclass(frozen=True, slots=True)
class Due:
    """Images that are to be woken for a settled version of ``base``, which began at ``at``."""

    base: str
    digest: Digest
    at: datetime
    images: tuple[str, ...]


class Watch:
    """Made for one process and asked again and again: :meth:`begin`, the looks, :meth:`end`.

    ``log`` gets a line for every change, and for what keeps a change from counting.
    """

    def __init__(
        self,
        needs: Needs,
        settings: BaseWatch,
        catalog: Catalog,
        registry_of: Callable[[str], Registry],
        log: Log,
        images: Collection[str] = (),
    ) -> None:
        """``images`` may have build stages on bases of their own."""
        self._own, self._images = needs, images
        self.needs = needs
        #: By base. A digest that is pinned in the definition never changes and is not here.
        self.references = {base: Reference.parse(base) for base in needs}
        self.rows: dict[str, Watched] = {}
        self._settings = settings
        self._poll = timedelta(seconds=settings.poll_seconds)
        self._quiet = timedelta(seconds=settings.quiet_seconds)
        self._catalog = catalog
        self._platforms = PlatformReader(registry_of, settings, log)
        self._log = log
        self._next: datetime | None = None
        #: When a pending digest may settle.
        self._deadlines: dict[str, datetime] = {}

    @property
    def known(self) -> dict[str, Digest]:
        return {base: row.digest for base, row in self.rows.items()}

    def begin(self, now: datetime) -> list[str]:
        """The bases to look at now: all once a poll; in between those that may settle or were poked.

        Raises CatalogError; the same call then is right a little later.
        """
        poked = self._catalog.take_pokes()
        # A clock that was set back must not stop the watch until it has caught up.
        if self._next is None or now >= self._next or self._next - now > self._poll:
            self._set_needs()
            rows = {base: row for base, row in self._catalog.watched().items() if base in self.needs}
            self._set_deadlines([row for base, row in rows.items() if row != self.rows.get(base)], now)
            self.rows = rows
            self._next = now + self._poll
            return list(self.needs)
        ripe = [base for base, deadline in self._deadlines.items() if now >= deadline]
        return sorted({*(base for base in poked if base in self.needs), *ripe})

    def end(self, seen: Mapping[str, Digest], now: datetime) -> list[Due]:
        """Takes what the looks found; who is to be woken, also for versions that settled earlier.

        Raises CatalogError. Nothing is lost with it: what was seen is seen again.
        """
        tired: set[str] = set()
        changed = (base for base, digest in seen.items() if not self._is(base, digest))
        while portion := list(islice(changed, _PORTION)):
            self._observe({base: seen[base] for base in portion}, now, tired)
        self._settle([self.rows[base] for base, digest in seen.items() if self._is(base, digest)], now)
        return due(self.needs, self.rows, self._catalog) if seen else []

    def _set_needs(self) -> None:
        """With what the images' newest plans say of their build stages."""
        self.needs = together(self._own, stage_needs(self._own, self._images, self._catalog))
        if self.references.keys() != self.needs.keys():
            self.references = {base: Reference.parse(base) for base in self.needs}
            self._deadlines = {base: at for base, at in self._deadlines.items() if base in self.needs}

    def _is(self, base: str, digest: Digest) -> bool:
        """Whether it is known that the base is this digest."""
        row = self.rows.get(base)
        return row is not None and row.digest == digest

    def _observe(self, seen: Mapping[str, Digest], now: datetime, tired: set[str]) -> None:
        wanted = {base: (self.references[base], digest) for base, digest in seen.items()}
        has = self._platforms.read(wanted, tired)
        first_sight = now.replace(microsecond=0)
        rows = self._catalog.observe([Watched(base, seen[base], first_sight, has[base]) for base in has])
        self._set_deadlines(list(rows.values()), now)
        for row in rows.values():
            self._tell(row)
        self.rows |= rows

    def _tell(self, row: Watched) -> None:
        before = self.rows.get(row.base)
        change = (
            f"{before.digest.short} → {row.digest.short}" if before else f"first seen, {row.digest.short}"
        )
        lacks = {name: missing_platforms(row.platforms, of) for name, of in self.needs[row.base].items()}
        told = ", ".join(f"{name} needs {' '.join(which)}" for name, which in lacks.items() if which)
        self._log(f"{row.base}: {change}{f'; not there yet: {told}' if told else ''}")

    def _set_deadlines(self, rows: Sequence[Watched], now: datetime) -> None:
        pending = {row.base: row for row in rows if row.settled is None and self._counts(row)}
        histories = self._catalog.histories(list(pending), since=now - MEMORY)
        for row in rows:
            self._deadlines.pop(row.base, None)
        for base, row in pending.items():
            self._deadlines[base] = row.since + quiet_period(row.digest, histories[base], self._quiet)

    def _counts(self, row: Watched) -> bool:
        """Whether any image can be built on it, or none is to be woken anyway."""
        needs = self.needs[row.base].values()
        return not needs or any(not missing_platforms(row.platforms, one) for one in needs)

    def _settle(self, rows: Sequence[Watched], now: datetime) -> None:
        ripe = [row for row in rows if row.settled is None and now >= self._deadlines.get(row.base, _NEVER)]
        settlement = self._catalog.settle([self._version(row) for row in ripe])
        for base, error in settlement.refused.items():
            self._log(f"{base}: {error}")
        for base, row in settlement.rows.items():
            self._log(f"{base}: {row.digest.short} is the version of {row.settled:%Y-%m-%d %H:%M:%SZ}")
            self.rows[base] = row
            del self._deadlines[base]

    def _version(self, row: Watched) -> BaseVersion:
        tag = self.references[row.base].tag or ""
        return BaseVersion(row.base, row.digest, row.since, row.platforms, tag, WATCH)


def due(needs: Needs, rows: Mapping[str, Watched], catalog: Catalog) -> list[Due]:
    """Every settled version with the images on it that were not woken for it and can be built on it."""
    woken = {(wake.image, wake.base): (wake.digest, wake.at) for wake in catalog.wakes()}
    found = []
    for base, images in needs.items():
        row = rows.get(base)
        if row is None or row.settled is None:
            continue
        asleep = tuple(
            name
            for name, wanted in images.items()
            if woken.get((name, base)) != (row.digest, row.settled)
            and not missing_platforms(row.platforms, wanted)
        )
        if asleep:
            found.append(Due(base, row.digest, row.settled, asleep))
    return found
