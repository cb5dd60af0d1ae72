"""Every image, and where it stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from golden_images.core.base import Base
from golden_images.core.digest import Digest
from golden_images.core.reason import Reason
from golden_images.ports import Catalog
from golden_images.project import Project
from golden_images.views.trouble import FailedRun, Unmet, failed_run, unmet


class DefinitionState(StrEnum):
    SOUND = "sound"
    BROKEN = "broken"
    #: There are releases, and no definition.
    UNDEFINED = "undefined"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class ImageLine:
    """``problems`` counts the definition's. Version, digest, reason and time are the current release's;
    ``channels`` says on which digest each of them is."""

    image: str
    definition: DefinitionState
    problems: int
    base: str | None
    version: str | None
    digest: Digest | None
    channels: Mapping[str, Digest]
    reason: Reason | None
    released_at: datetime | None
    unmet: tuple[Unmet, ...]
    failure: FailedRun | None


def images(project: Project, catalog: Catalog, *, retired: bool = False) -> tuple[ImageLine, ...]:
    """Bases before what stands on them, then those without a definition; retired ones if asked for."""
    names = [*project.graph.order]
    undefined = [name for name in catalog.images() if name not in names]
    gone = catalog.retired(undefined)
    names += [name for name in undefined if retired or name not in gone]
    releases, channels = catalog.currents(names), catalog.standing(names)
    shortfalls, failures = catalog.shortfalls(names), catalog.failures(names)
    lines = []
    for name in names:
        release, definition = releases.get(name), project.definitions.get(name)
        lines.append(
            ImageLine(
                image=name,
                definition=_state(project, name, gone),
                problems=len(project.broken.get(name, ())),
                base=_base(definition.base) if definition else None,
                version=release.version if release else None,
                digest=release.digest if release else None,
                channels=channels[name],
                reason=release.reason if release else None,
                released_at=release.released_at if release else None,
                unmet=unmet(shortfalls.get(name, ()), release),
                failure=failed_run(failures.get(name)),
            )
        )
    return tuple(lines)


def _state(project: Project, name: str, retired: Collection[str]) -> DefinitionState:
    if name in project.definitions:
        return DefinitionState.SOUND
    if name in project.broken:
        return DefinitionState.BROKEN
    return DefinitionState.RETIRED if name in retired else DefinitionState.UNDEFINED


def _base(base: Base) -> str:
    if base.bootstrap is not None:
        return f"bootstrap {base.bootstrap.distribution} {base.bootstrap.suite}"
    return base.image or base.reference or ""
