"""The ledger of base versions: every base, or one with its past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from golden_images.core.digest import Digest
from golden_images.core.problem import closest
from golden_images.core.release import BaseVersion
from golden_images.errors import InputError
from golden_images.ports import Catalog
from golden_images.project import Project


@dataclass(frozen=True, slots=True)
class VersionLine:
    at: datetime
    digest: Digest
    tag: str
    platforms: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Pending:
    """Seen by the watch, and not settled yet."""

    digest: Digest
    since: datetime


@dataclass(frozen=True, slots=True)
class BaseLine:
    """``images`` stand on it by their definitions; ``versions`` counts the ledger's."""

    base: str
    images: tuple[str, ...]
    versions: int
    latest: VersionLine | None
    pending: Pending | None


@dataclass(frozen=True, slots=True)
class BasePast:
    """``versions``: newest first."""

    base: str
    versions: tuple[VersionLine, ...]


def bases(project: Project, catalog: Catalog) -> tuple[BaseLine, ...]:
    """Every base that an image has or the ledger knows, by name."""
    images: dict[str, list[str]] = {}
    for name, definition in sorted(project.definitions.items()):
        if definition.base.ledger:
            images.setdefault(definition.base.ledger, []).append(name)
    watched = catalog.watched()
    lines = []
    for name, versions in catalog.histories(sorted({*images, *catalog.bases()})).items():
        row = watched.get(name)
        lines.append(
            BaseLine(
                base=name,
                images=tuple(images.get(name, ())),
                versions=len(versions),
                latest=_version(versions[-1]) if versions else None,
                pending=Pending(row.digest, row.since) if row and row.settled is None else None,
            )
        )
    return tuple(lines)


def base_past(project: Project, catalog: Catalog, name: str) -> BasePast:
    """``name`` is the ledger's. Raises InputError if the ledger has nothing of it and no image stands
    on it."""
    known = {*catalog.bases(), *(one.base.ledger for one in project.definitions.values() if one.base.ledger)}
    if name not in known:
        near = closest(name, known)
        raise InputError(
            f"the ledger knows no base {name}",
            remedy=f"did you mean {near}?" if near else "golden-images bases list shows all",
        )
    return BasePast(name, tuple(map(_version, reversed(catalog.base_versions(name)))))


def _version(version: BaseVersion) -> VersionLine:
    return VersionLine(version.at, version.digest, version.tag, version.platforms, version.source)
