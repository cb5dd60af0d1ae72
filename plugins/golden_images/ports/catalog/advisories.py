"""Databases of advisories, and what scans with them said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from golden_images.core.advisories import AdvisoryDatabase, Fetched, ScanKey
from golden_images.core.digest import Digest


class Advisories(Protocol):
    def record_database(self, database: AdvisoryDatabase) -> None:
        """One that the registry holds; it is current if none of its name was imported later."""

    def propose_database(self, database: AdvisoryDatabase, instead_of: Digest | None) -> AdvisoryDatabase:
        """Compare and swap: what is current of its name afterwards. ``database``, if the one with the
        digest ``instead_of`` was (None: if none was), or if it is current already; else the standing one.
        Whatever the clocks say, it was imported after the one before."""

    def databases(self, name: str | None = None) -> list[AdvisoryDatabase]:
        """Of one name or of all, by name; the current one first, then as they were imported before it."""

    def database(self, digest: Digest) -> AdvisoryDatabase | None: ...

    def record_fetched(self, fetched: Fetched) -> None:
        """One an address: what it gave last."""

    def fetched(self, address: str) -> Fetched | None: ...

    def record_scan(self, key: ScanKey, content: bytes) -> None:
        """A cache: of each SBOM and scanner the last few answers are kept."""

    def scan(self, key: ScanKey) -> bytes | None: ...

    def scans(self, keys: Sequence[ScanKey]) -> dict[ScanKey, bytes]:
        """:meth:`scan` of many; what is not kept is left out."""
