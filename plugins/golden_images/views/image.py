"""One image with one of its releases: evidence, channels, history, decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from golden_images.core.digest import Digest
from golden_images.core.problem import Problem, closest
from golden_images.core.reason import Reason
from golden_images.core.release import ChannelMove, Decision, EvidenceRecord, Release
from golden_images.core.words import asked_by
from golden_images.errors import InputError
from golden_images.ports import Catalog
from golden_images.project import Project
from golden_images.views.release import ReleaseView, release_view
from golden_images.views.trouble import FailedRun, Unmet, failed_run, unmet

#: How many moves and decisions are told.
_HISTORY = 10


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    stage: str
    artifact_type: str
    digest: Digest
    created: datetime


@dataclass(frozen=True, slots=True)
class MoveLine:
    channel: str
    digest: Digest
    previous: str | None
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class DecisionLine:
    run_id: str
    at: datetime
    reason: Reason
    text: str
    note: str | None
    actor: str | None

    @property
    def asked(self) -> str:
        return asked_by(self.actor or "", self.note or "")


@dataclass(frozen=True, slots=True)
class ImageView:
    """Moves and decisions are the newest ones, newest first. ``problems`` are those of its definition."""

    image: str
    description: str | None
    owner: str | None
    problems: tuple[Problem, ...]
    release: ReleaseView | None
    unmet: tuple[Unmet, ...]
    failure: FailedRun | None
    evidence: tuple[EvidenceLine, ...]
    channels: Mapping[str, Digest]
    moves: tuple[MoveLine, ...]
    decisions: tuple[DecisionLine, ...]


def image(project: Project, catalog: Catalog, what: str) -> ImageView:
    """``what`` is an image's name (its current release), a version, or a digest or its first digits.

    Raises InputError if nothing or more than one thing is meant.
    """
    name, release = find(project, catalog, what)
    definition = project.definitions.get(name)
    return ImageView(
        image=name,
        description=definition.description if definition else None,
        owner=definition.owner if definition else None,
        problems=project.broken.get(name, ()),
        release=release_view(release) if release else None,
        unmet=unmet(catalog.shortfalls([name]).get(name, ()), release),
        failure=failed_run(catalog.failures([name]).get(name)),
        evidence=tuple(map(_evidence, catalog.evidence(name, release.digest))) if release else (),
        channels=catalog.channels(name),
        moves=tuple(map(_move, catalog.moves(name, limit=_HISTORY))),
        decisions=tuple(map(_decision, catalog.decisions(name, _HISTORY))),
    )


def find(project: Project, catalog: Catalog, what: str) -> tuple[str, Release | None]:
    """The image that is meant, and its release; None for an image without any. Raises as :func:`image`."""
    images = sorted({*project.files, *catalog.images()})
    if what in images:
        return what, catalog.current(what)
    digits = what.removeprefix("sha256:")
    by_digest = len(digits) >= 6 and all(character in "0123456789abcdef" for character in digits)
    # Of releases of one digest the oldest.
    found = {
        (release.image, release.digest): release
        for release in catalog.find_releases(what, digits if by_digest else "")
    }
    if len(found) == 1:
        ((key, release),) = found.items()
        return key[0], release
    if found:
        names = ", ".join(f"{one.image} {one.version} ({one.digest})" for one in found.values())
        raise InputError(f"{what} means more than one release", cause=names, remedy="give more digits")
    near = closest(what, images)
    raise InputError(
        f"nothing is known as {what}",
        cause="it is no image, version or digest of a release",
        remedy=f"did you mean {near}?" if near else "golden-images list shows what there is",
    )


def _evidence(record: EvidenceRecord) -> EvidenceLine:
    return EvidenceLine(record.stage, record.artifact_type, record.digest, record.created)


def _move(move: ChannelMove) -> MoveLine:
    return MoveLine(move.channel, move.digest, move.previous or None, move.at, move.actor)


def _decision(one: Decision) -> DecisionLine:
    text, note, actor = str(one.reason), one.note or None, one.actor or None
    return DecisionLine(one.run_id, one.at, one.reason, text, note, actor)
