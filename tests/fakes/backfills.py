"""Airflow's backfills over a ledger in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from golden_images.core.partition import partitions
from golden_images.errors import InputError
from golden_images.ports import Catalog
from golden_images.scheduling.backfill import Window


@dataclass(slots=True)
class FakeBackfills:
    """Implements :class:`golden_images.scheduling.backfill.Backfills`; ``ran`` are keys of runs that
    succeeded, ``running`` is a backfill that has not ended."""

    catalog: Catalog
    base: str
    ran: Sequence[str] = ()
    running: bool = False
    made: list[Window] = field(default_factory=list)

    def keys(self, window: Window) -> list[str]:
        versions = self.catalog.base_versions(self.base, window.since, window.until)
        keys = [str(key) for key, _ in partitions(versions)]
        if window.reprocess != "completed":
            keys = [key for key in keys if key not in self.ran]
        return keys[::-1] if window.backwards else keys

    def create(self, window: Window) -> int:
        if self.running:
            raise InputError("there is a running backfill of this image")
        self.made.append(window)
        return len(self.made)
