"""The base watch, without its requests: what to look at, what a look means, who is to be woken.

The registry is compared with what the catalog holds, not with what this process remembers: whatever is
lost on the way is found again at the next look, and another process may go on at any point. Rules:
:mod:`golden_images.core.watching`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from golden_images.core.definition import BaseWatch
from golden_images.core.digest import Digest
from golden_images.core.reference import Reference
from golden_images.core.release import BaseVersion
from golden_images.core.watching import MEMORY, Watched, began, missing_platforms, quiet_period
from golden_images.errors import GoldenImagesError, RegistryError
from golden_images.ports import Catalog, Log, Registry
from golden_images.stages import image

#: By base, the images that it wakes with the platforms that each of them needs.
Needs = Mapping[str, Mapping[str, tuple[str, ...]]]


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
    ) -> None:
        self.needs = needs
        #: By base. A digest that is pinned in the definition never changes and is not here.
        self.references = {base: Reference.parse(base) for base in needs}
        self.rows: dict[str, Watched] = {}
        self._settings = settings
        self._poll = timedelta(seconds=settings.poll_seconds)
        self._quiet = timedelta(seconds=settings.quiet_seconds)
        self._catalog = catalog
        self._registry_of = registry_of
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
        poked = [base for base in self._catalog.take_pokes() if base in self.needs]
        # A clock that was set back must not stop the watch until it has caught up.
        if self._next is None or now >= self._next or self._next - now > self._poll:
            before = self.rows
            self.rows = {base: row for base, row in self._catalog.watched().items() if base in self.needs}
            for base, row in self.rows.items():
                if row != before.get(base):
                    self._set_deadline(row, now)
            self._next = now + self._poll
            return list(self.needs)
        ripe = [base for base, deadline in self._deadlines.items() if now >= deadline]
        return sorted({*poked, *ripe})

    def end(self, seen: Mapping[str, Digest], now: datetime) -> list[Due]:
        """Takes what the looks found; who is to be woken, also for versions that settled earlier.

        Raises CatalogError. Nothing is lost with it: what was seen is seen again.
        """
        tired: set[str] = set()
        for base, digest in seen.items():
            row = self.rows.get(base)
            if row is None or row.digest != digest:
                row = self._observe(base, digest, now, tired)
            if row is not None and row.settled is None:
                self._settle(row, now)
        return due(self.needs, self.rows, self._catalog) if seen else []

    def _observe(self, base: str, digest: Digest, now: datetime, tired: set[str]) -> Watched | None:
        """None if it could not be read. ``tired`` are the registries that gave no answer or want a
        pause: each try costs all its retries, so the others of the registry wait for the next poll."""
        reference = self.references[base]
        if reference.registry in tired:
            return None
        try:
            has = platforms(self._registry_of(reference.registry), reference.repository, digest)
        except GoldenImagesError as error:
            self._log(f"{base}: {digest} cannot be read: {error.what}; {error.cause}")
            if isinstance(error, RegistryError) and error.retryable:
                tired.add(reference.registry)
            return None
        before = self.rows.get(base)
        row = self._catalog.observe(Watched(base, digest, now.replace(microsecond=0), has))
        self.rows[base] = row
        self._set_deadline(row, now)
        change = f"{before.digest.short} → {digest.short}" if before else f"first seen, {digest.short}"
        lacks = {name: missing_platforms(has, needs) for name, needs in self.needs[base].items()}
        told = ", ".join(f"{name} needs {' '.join(which)}" for name, which in lacks.items() if which)
        self._log(f"{base}: {change}{f'; not there yet: {told}' if told else ''}")
        return row

    def _set_deadline(self, row: Watched, now: datetime) -> None:
        self._deadlines.pop(row.base, None)
        if row.settled is None and self._counts(row):
            versions = self._catalog.base_versions(row.base, since=now - MEMORY)
            self._deadlines[row.base] = row.since + quiet_period(row.digest, versions, self._quiet)

    def _counts(self, row: Watched) -> bool:
        """Whether any image can be built on it, or none is to be woken anyway."""
        needs = self.needs[row.base].values()
        return not needs or any(not missing_platforms(row.platforms, one) for one in needs)

    def _settle(self, row: Watched, now: datetime) -> None:
        deadline = self._deadlines.get(row.base)
        if deadline is None or now < deadline:
            return
        at = began(row, self._catalog.latest_base_version(row.base))
        tag = self.references[row.base].tag or ""
        try:
            self._catalog.record_base_version(
                BaseVersion(row.base, row.digest, at, row.platforms, tag, "watch")
            )
        except GoldenImagesError as error:
            self._log(f"{row.base}: {error}")
            return
        if self._catalog.settle(row.base, row.digest, at):
            self.rows[row.base] = replace(row, settled=at)
            del self._deadlines[row.base]
            self._log(f"{row.base}: {row.digest.short} is the version of {at:%Y-%m-%d %H:%M:%SZ}")


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


def platforms(registry: Registry, repository: str, digest: Digest) -> tuple[str, ...]:
    """``os/architecture[/variant]`` of an image, or of every image of an index. Raises RegistryError,
    IntegrityError."""
    manifest = registry.manifest(repository, digest)
    body = image.body(manifest)
    if manifest.descriptor.media_type in image.INDEX_TYPES:
        described = [entry.get("platform") or {} for entry in body.get("manifests") or []]
    else:
        described = [json.loads(registry.blob(repository, Digest(body["config"]["digest"])))]
    names = (
        "/".join(filter(None, (one.get("os"), one.get("architecture"), one.get("variant"))))
        for one in described
    )
    # Attestations stand in an index as images of an unknown platform.
    return tuple(sorted({name for name in names if name and not name.startswith("unknown")}))
