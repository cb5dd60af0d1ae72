"""Databases of advisories, and what scans with them said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from golden_images.core.advisories import AdvisoryDatabase, Fetched, ScanKey
from golden_images.core.digest import Digest
from tests.fakes.catalog.memory import Memory

KEPT = 4


class Advisories(Memory):
    def record_database(self, database: AdvisoryDatabase) -> None:
        self._answer()
        self._databases[database.digest] = database

    def propose_database(self, database: AdvisoryDatabase, instead_of: Digest | None) -> AdvisoryDatabase:
        self._answer()
        with self._lock:
            standing = next(iter(self._sorted(database.name)), None)
            if standing is not None:
                if standing.digest == database.digest or standing.digest != instead_of:
                    return standing
                later = standing.imported_at + timedelta(microseconds=1)
                database = replace(database, imported_at=max(database.imported_at, later))
            self._databases[database.digest] = database
            return database

    def databases(self, name: str | None = None) -> list[AdvisoryDatabase]:
        self._answer()
        return self._sorted(name)

    def database(self, digest: Digest) -> AdvisoryDatabase | None:
        self._answer()
        return self._databases.get(digest)

    def record_fetched(self, fetched: Fetched) -> None:
        self._answer()
        self._fetched[fetched.address] = fetched

    def fetched(self, address: str) -> Fetched | None:
        self._answer()
        return self._fetched.get(address)

    def record_scan(self, key: ScanKey, content: bytes) -> None:
        self._answer()
        self._scans[key] = content
        ours = [one for one in self._scans if (one.sbom, one.scanner) == (key.sbom, key.scanner)]
        for one in ours[:-KEPT]:
            del self._scans[one]

    def scan(self, key: ScanKey) -> bytes | None:
        self._answer()
        return self._scans.get(key)

    def scans(self, keys: Sequence[ScanKey]) -> dict[ScanKey, bytes]:
        self._answer()
        return {key: self._scans[key] for key in keys if key in self._scans}

    def _sorted(self, name: str | None) -> list[AdvisoryDatabase]:
        found = [one for one in self._databases.values() if name in (None, one.name)]
        newest = sorted(
            sorted(found, key=lambda one: one.digest), key=lambda one: one.imported_at, reverse=True
        )
        return sorted(newest, key=lambda one: one.name)
