"""Databases of advisories: which there are, and what the current ones say of one vulnerability."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from golden_images.advisories.formats import epss, grype, kev, osv, trivy
from golden_images.advisories.mount import mounted
from golden_images.advisories.store import Store
from golden_images.core.advisories import EPSS, GRYPE, KEV, NAMES, OSV, TRIVY, AdvisoryDatabase
from golden_images.core.digest import Digest


@dataclass(frozen=True, slots=True)
class DatabaseLine:
    name: str
    version: str
    built: datetime
    digest: Digest
    records: int
    source: str
    imported_at: datetime
    #: Whether scans take it.
    current: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What one database says of one package."""

    database: str
    #: The record's own name.
    id: str
    aliases: tuple[str, ...]
    #: ``Debian:12``, ``debian 12``: as the database calls it.
    platform: str
    package: str
    #: ``before 3.0.15-1``, or that there is no fix.
    affected: str
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """``exploited``: since when, if it is; ``probability``: of that, within thirty days, if anybody tells."""

    id: str
    said: tuple[Said, ...]
    exploited: str | None
    probability: float | None
    #: Those that were asked.
    databases: tuple[DatabaseLine, ...]


def lines(databases: Sequence[AdvisoryDatabase]) -> tuple[DatabaseLine, ...]:
    """As the catalog has them: by name, the current one first."""
    seen: set[str] = set()
    found = []
    for one in databases:
        found.append(
            DatabaseLine(
                name=one.name,
                version=one.version,
                built=one.built,
                digest=one.digest,
                records=one.records,
                source=one.source,
                imported_at=one.imported_at,
                current=one.name not in seen,
            )
        )
        seen.add(one.name)
    return tuple(found)


def told(store: Store, id_: str, folder: Path | None = None) -> Told:
    """What each current database says of ``id_``, by any of its names. ``folder`` is where databases are
    kept on this machine. Raises as :func:`golden_images.advisories.mount.mounted` does."""
    current = {one.name: one for one in reversed(store.catalog.databases())}
    said: list[Said] = []
    exploited, probability = None, None
    names = {id_}
    for name in NAMES:
        if name not in current:
            continue
        with mounted(store, current[name], folder) as database:
            if name == OSV:
                said += _osv(database.folder, id_)
                names |= {other for one in said for other in (one.id, *one.aliases)}
            elif name in (GRYPE, TRIVY):
                said += _stranger(name, database.folder, id_, frozenset(names))
            elif name == KEV:
                days = kev.exploited(database.folder)
                exploited = min((days[one].isoformat() for one in names if one in days), default=None)
            elif name == EPSS:
                scores = epss.probability(database.folder)
                probability = max((scores[one] for one in names if one in scores), default=None)
    asked = tuple(one for one in lines(store.catalog.databases()) if one.current)
    return Told(id_, tuple(said), exploited, probability, asked)


def _osv(folder: Path, id_: str) -> Iterator[Said]:
    for archive in sorted(folder.glob("*/all.zip")):
        for record in osv.about(archive, id_):
            names = (*(record.aliases or ()), *(record.upstream or ()))
            for one in record.affected or ():
                yield Said(
                    database=OSV,
                    id=record.id,
                    aliases=tuple(dict.fromkeys(names)),
                    platform=one.package.ecosystem if one.package else "",
                    package=one.package.name if one.package else "",
                    affected=osv.affected(one),
                    withdrawn=record.withdrawn is not None,
                )


def _stranger(name: str, folder: Path, id_: str, names: frozenset[str]) -> Iterator[Said]:
    found = grype.about(folder, id_) if name == GRYPE else trivy.about(folder, names)
    for platform, package, affected in found:
        yield Said(name, id_, (), platform, package, affected)
