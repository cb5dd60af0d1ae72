"""Databases of advisories, and what a scan with one of them is known by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from golden_images.core.digest import Digest, canonical_json
from golden_images.core.scanning import Database

OSV = "osv"
GRYPE = "grype"
TRIVY = "trivy"
#: Exploited in the wild: CISA's list.
KEV = "kev"
#: How probable it is that somebody exploits it: FIRST's list.
EPSS = "epss"

#: The version of one that somebody put together to show how it works. Every other takes its place.
FOR_SHOW = "for show"

NAMES = (OSV, GRYPE, TRIVY, KEV, EPSS)


@dataclass(frozen=True, slots=True)
class AdvisoryDatabase:
    """One state of a database, as an artifact in our registry."""

    #: One of :data:`NAMES`.
    name: str
    #: Its own word for its state, or its format's version; may be empty.
    version: str
    #: When its content was put together by whoever vouches for it; of several parts, the oldest's.
    built: datetime
    #: Of the artifact's manifest.
    digest: Digest
    #: How many advisories it holds; more than none.
    records: int
    #: Where it came from, for people: a file's name, an address, a reference.
    source: str
    #: The last time that it became the current one.
    imported_at: datetime

    @property
    def about(self) -> Database:
        """As a scan names it."""
        return Database(
            name=self.name, version=self.version, built=self.built, digest=self.digest, records=self.records
        )


@dataclass(frozen=True, slots=True)
class ScanKey:
    """What a scanner's answer depends on: the same key, the same answer."""

    sbom: Digest
    scanner: str
    #: The scanner's.
    version: str
    #: The artifact's digest, or that of what a scanner brings itself.
    database: Digest

    @property
    def digest(self) -> Digest:
        return Digest.of(canonical_json([self.sbom, self.scanner, self.version, self.database]))


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a source gave last, so that it is asked whether it has changed since."""

    #: An address, or a reference in a registry.
    address: str
    #: What the source knows it by: an ETag, a time, a digest; empty if it has none.
    validator: str
    #: The first file that became of it, and that file's digest in our registry: whether it is part of what
    #: is current.
    path: str
    digest: Digest
