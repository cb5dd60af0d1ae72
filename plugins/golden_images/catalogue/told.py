"""What the referrers in an image's repository tell: its records and its evidence, wherever they hang.

A record counts where it speaks of what it is attached to. Whoever may push may attach what he likes: what
cannot be read, or speaks of something else, is a problem.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from golden_images.core import media, records
from golden_images.core.digest import Digest
from golden_images.core.release import ChannelMove, EvidenceRecord, Judgement, Release
from golden_images.errors import IntegrityError
from golden_images.images import plan_artifact
from golden_images.images.image import only_layer
from golden_images.images.lost import absent_is_lost
from golden_images.ports import Descriptor, Log, Registry

#: The digests of the referrers of a subject that the catalog names.
Named = Callable[[Digest], Collection[Digest]]


@dataclass(slots=True)
class Told:
    """By what they hang on, each with its manifest; ``problems`` are ``(digest, text)``."""

    releases: list[tuple[Release, Digest]] = field(default_factory=list)
    judgements: list[tuple[Judgement, Digest]] = field(default_factory=list)
    moves: list[ChannelMove] = field(default_factory=list)
    evidence: list[EvidenceRecord] = field(default_factory=list)
    #: By what each is attached to.
    plans: list[tuple[Digest, Digest]] = field(default_factory=list)
    problems: list[tuple[Digest, str]] = field(default_factory=list)


def read(
    registry: Registry, repository: str, image: str, subjects: Iterable[Digest], until: datetime, log: Log
) -> Told:
    """All that is attached to ``subjects``; what lies after ``until`` is a problem. Raises RegistryError
    when the registry does not answer."""
    told = Told()
    for subject in sorted(set(subjects)):
        try:
            referrers = registry.referrers(repository, subject)
        except IntegrityError as error:
            # Somebody took the tag that lists them for something else.
            told.problems.append((subject, _text(error)))
            continue
        for referrer in referrers:
            kind, notes = referrer.artifact_type, referrer.annotations
            evidence = records.evidence_record(
                image, subject, referrer.digest, artifact_type=kind, annotations=notes
            )
            if evidence is not None:
                told.evidence.append(evidence)
            if kind == media.IN_TOTO and records.is_record(notes):
                try:
                    _take(told, _record(registry, repository, image, subject, referrer, until), referrer)
                except IntegrityError as error:
                    told.problems.append((referrer.digest, _text(error)))
            elif kind == plan_artifact.ARTIFACT_TYPE:
                told.plans.append((subject, referrer.digest))
            elif evidence is None:
                log(f"{repository}@{referrer.digest}: not evidence of ours, passed over")
    return told


def _record(
    registry: Registry, repository: str, image: str, subject: Digest, referrer: Descriptor, until: datetime
) -> records.Record:
    with absent_is_lost():
        content = only_layer(registry, repository, referrer.digest)
    found = records.parse(content, repository)
    at = found.released_at if isinstance(found, Release) else found.at
    if at > until:
        raise IntegrityError("this record lies in the future", cause=f"it says {at:%Y-%m-%d %H:%M:%SZ}")
    if (found.image, found.digest) != (image, subject):
        raise IntegrityError(
            "this record belongs to something else",
            cause=f"to {found.image}, {found.digest}; it is attached to {subject}",
        )
    return found


def _take(told: Told, found: records.Record, referrer: Descriptor) -> None:
    if isinstance(found, Release):
        told.releases.append((found, referrer.digest))
    elif isinstance(found, Judgement):
        told.judgements.append((found, referrer.digest))
    elif found not in told.moves:
        told.moves.append(found)


def _text(error: IntegrityError) -> str:
    return f"{error.what}; {error.cause}" if error.cause else error.what
