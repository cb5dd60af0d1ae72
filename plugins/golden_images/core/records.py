"""Releases, channel moves and later judgements as records in the registry: the truth, from which the
catalog is rebuilt.

All are in-toto statements attached to the released digest as OCI referrers and tagged, so that
garbage collection cannot take them:

==============  ==========================  ====================================================
record          tag                         predicate type
==============  ==========================  ====================================================
release         ``<version>.release``       ``https://in-toto.io/attestation/release/v0.1``
channel move    ``<channel>.<UTC>.move``    ``urn:golden-images:channel-move:v1``
judgement       ``<version>.….judgement``   ``urn:golden-images:judgement:v1``
==============  ==========================  ====================================================

A writer asks for the tag first: a record that stands is kept, never written anew, so that a retry
publishes what the killed try began. What is ours in a release stands under the extension key
``urn:golden-images:release:v1``; readers ignore fields that they do not know, as in-toto demands.

Sources: in-toto attestation framework (Statement v1, predicate "release" v0.1), purl type "oci",
OCI image specification ("Annotations", "Referrers").
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from golden_images.core import words
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.names import (
    ANNOTATION_BUILD_ID,
    ANNOTATION_CREATED,
    ANNOTATION_STAGE,
    ANNOTATION_VERSION,
)
from golden_images.core.note import MAX_ACTOR, tidy
from golden_images.core.reason import Reason
from golden_images.core.reference import Reference
from golden_images.core.release import BaseVersion, ChannelMove, EvidenceRecord, Judgement, Release
from golden_images.errors import IntegrityError

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
RELEASE_PREDICATE = "https://in-toto.io/attestation/release/v0.1"
RELEASE_EXTENSION = "urn:golden-images:release:v1"
MOVE_PREDICATE = "urn:golden-images:channel-move:v1"
JUDGEMENT_PREDICATE = "urn:golden-images:judgement:v1"

#: ``io.golden-images.stage`` of the records; evidence carries the name of the stage that made it.
RELEASE_STAGE = "release"
MOVE_STAGE = "promote"


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _DigestSet(_Read):
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class _Subject(_Read):
    name: str
    digest: _DigestSet


class _Statement(_Read):
    subject: tuple[_Subject] = Field(description="Exactly one.")


_T = TypeVar("_T", bound=_Statement)


class _ReleaseExtension(_Read):
    image: str
    build_id: str = Field(pattern=r"^[0-9a-f]{64}$")
    plan: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    released_at: AwareDatetime
    reason: Reason
    base_name: str = ""
    base_digest: str = ""
    backfill: bool = False
    facts: dict[str, int] = {}
    note: str = ""
    actor: str = ""
    source_id: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")


class _ReleasePredicate(_Read):
    release_id: str = Field(alias="releaseId", min_length=1)
    ours: _ReleaseExtension = Field(alias=RELEASE_EXTENSION)


class _ReleaseStatement(_Statement):
    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    predicate_type: Literal["https://in-toto.io/attestation/release/v0.1"] = Field(alias="predicateType")
    predicate: _ReleasePredicate


class _MovePredicate(_Read):
    image: str
    channel: str = Field(min_length=1)
    previous: str = Field(default="", pattern=r"^(sha256:[0-9a-f]{64})?$")
    at: AwareDatetime
    actor: str


class _MoveStatement(_Statement):
    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    predicate_type: Literal["urn:golden-images:channel-move:v1"] = Field(alias="predicateType")
    predicate: _MovePredicate


class _JudgementPredicate(_Read):
    image: str
    version: str = Field(min_length=1)
    demands: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    plan: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    at: AwareDatetime


class _JudgementStatement(_Statement):
    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    predicate_type: Literal["urn:golden-images:judgement:v1"] = Field(alias="predicateType")
    predicate: _JudgementPredicate


def release_statement(release: Release, reference: Reference) -> bytes:
    """The release record; ``reference`` names the image's repository with its host."""
    return _statement(
        release.digest,
        reference,
        RELEASE_PREDICATE,
        {
            "purl": reference.purl(release.digest, release.version),
            "releaseId": release.version,
            RELEASE_EXTENSION: {
                "image": release.image,
                "build_id": release.build_id,
                "plan": str(release.plan),
                "released_at": _time(release.released_at),
                "reason": release.reason.model_dump(mode="json"),
                "base_name": release.base_name,
                "base_digest": release.base_digest,
                "backfill": release.backfill,
                "facts": dict(release.facts),
                # Left out where nobody asked: such a record is what it always was.
                **({"note": release.note} if release.note else {}),
                **({"actor": release.actor} if release.actor else {}),
                "source_id": release.source_id,
            },
        },
    )


def release_annotations(release: Release) -> dict[str, str]:
    """The annotations of the release record's manifest."""
    return {
        ANNOTATION_STAGE: RELEASE_STAGE,
        ANNOTATION_CREATED: _time(release.released_at),
        ANNOTATION_VERSION: release.version,
        ANNOTATION_BUILD_ID: release.build_id,
    }


def parse_release(content: bytes, repository: str) -> Release:
    """Raises IntegrityError unless ``content`` is a release record of ours about ``repository``."""
    statement = _parse(_ReleaseStatement, content, "release record", repository)
    ours = statement.predicate.ours
    return Release(
        image=ours.image,
        version=statement.predicate.release_id,
        digest=Digest(f"sha256:{statement.subject[0].digest.sha256}"),
        build_id=ours.build_id,
        reason=ours.reason,
        released_at=ours.released_at.astimezone(UTC),
        plan=Digest(ours.plan),
        base_name=ours.base_name,
        base_digest=ours.base_digest,
        backfill=ours.backfill,
        facts=dict(ours.facts),
        note=tidy(ours.note),
        actor=tidy(ours.actor, MAX_ACTOR),
        source_id=ours.source_id,
    )


def move_statement(move: ChannelMove, reference: Reference) -> bytes:
    """The record of one move of a channel to ``move.digest``."""
    predicate = {
        "image": move.image,
        "channel": move.channel,
        "previous": move.previous,
        "at": _time(move.at),
        "actor": move.actor,
    }
    return _statement(move.digest, reference, MOVE_PREDICATE, predicate)


def move_annotations(move: ChannelMove) -> dict[str, str]:
    """The annotations of the move record's manifest."""
    return {ANNOTATION_STAGE: MOVE_STAGE, ANNOTATION_CREATED: _time(move.at)}


def parse_move(content: bytes, repository: str) -> ChannelMove:
    """Raises IntegrityError unless ``content`` is a channel move of ours in ``repository``."""
    statement = _parse(_MoveStatement, content, "record of a channel move", repository)
    move = statement.predicate
    return ChannelMove(
        image=move.image,
        channel=move.channel,
        digest=Digest(f"sha256:{statement.subject[0].digest.sha256}"),
        previous=move.previous,
        at=move.at.astimezone(UTC),
        actor=move.actor,
    )


def judgement_statement(judgement: Judgement, reference: Reference) -> bytes:
    """The record that a release met other demands than those that it was released by."""
    predicate = {
        "image": judgement.image,
        "version": judgement.version,
        "demands": str(judgement.demands),
        "plan": str(judgement.plan),
        "at": _time(judgement.at),
    }
    return _statement(judgement.digest, reference, JUDGEMENT_PREDICATE, predicate)


def judgement_annotations(judgement: Judgement) -> dict[str, str]:
    """The annotations of the judgement's manifest."""
    return {ANNOTATION_STAGE: RELEASE_STAGE, ANNOTATION_CREATED: _time(judgement.at)}


def parse_judgement(content: bytes, repository: str) -> Judgement:
    """Raises IntegrityError unless ``content`` is a judgement of ours about ``repository``."""
    statement = _parse(_JudgementStatement, content, "record of a judgement", repository)
    found = statement.predicate
    return Judgement(
        image=found.image,
        version=found.version,
        digest=Digest(f"sha256:{statement.subject[0].digest.sha256}"),
        demands=Digest(found.demands),
        plan=Digest(found.plan),
        at=found.at.astimezone(UTC),
    )


def is_move(annotations: Mapping[str, str]) -> bool:
    """Whether a referrer with these annotations is the record of a channel move."""
    return annotations.get(ANNOTATION_STAGE) == MOVE_STAGE


def evidence_record(
    image: str, subject: Digest, digest: Digest, *, artifact_type: str, annotations: Mapping[str, str]
) -> EvidenceRecord | None:
    """The catalog's entry for a referrer of ours, which carries its stage and its time; None for a
    stranger's, and for a channel move, which the catalog keeps as such."""
    stage = annotations.get(ANNOTATION_STAGE)
    if stage is None or is_move(annotations):
        return None
    created = words.moment_of(annotations.get(ANNOTATION_CREATED, ""))
    if created is None:
        return None
    return EvidenceRecord(image, subject, stage, artifact_type, digest, created)


def base_version(release: Release, platforms: tuple[str, ...]) -> BaseVersion:
    """The ledger's entry for a release that others build on."""
    return BaseVersion(
        base=release.image,
        digest=release.digest,
        at=release.released_at,
        platforms=platforms,
        tag=release.version,
        source="release",
    )


def _statement(
    digest: Digest, reference: Reference, predicate_type: str, predicate: Mapping[str, Any]
) -> bytes:
    return canonical_json(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": reference.name, "digest": {"sha256": digest.hex}}],
            "predicateType": predicate_type,
            "predicate": predicate,
        }
    )


def _time(value: datetime) -> str:
    """RFC 3339 in UTC, to the microsecond; a time without a zone is a mistake of ours."""
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _parse(model: type[_T], content: bytes, what: str, repository: str) -> _T:
    try:
        statement = model.model_validate_json(content)
    except ValidationError as error:
        causes = [
            f"{'.'.join(str(part) for part in problem['loc']) or 'the whole'}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        ]
        raise IntegrityError(f"this is no {what}", cause="; ".join(causes)) from None
    # The host is left out: one registry has many names.
    (subject,) = statement.subject
    if subject.name.partition("/")[2] != repository:
        raise IntegrityError(f"this {what} is another repository's", cause=f"it speaks of {subject.name}")
    return statement
