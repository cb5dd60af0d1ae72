"""The record of a release."""

from __future__ import annotations

from datetime import UTC
from typing import Literal

from pydantic import AwareDatetime, Field

from golden_images.core.digest import Digest
from golden_images.core.names import (
    ANNOTATION_BUILD_ID,
    ANNOTATION_CREATED,
    ANNOTATION_STAGE,
    ANNOTATION_VERSION,
)
from golden_images.core.note import MAX_ACTOR, tidy
from golden_images.core.reason import Reason
from golden_images.core.records.statement import Read, Statement, parse, statement, time
from golden_images.core.reference import Reference
from golden_images.core.release import Release
from golden_images.core.role import Role

RELEASE_PREDICATE = "https://in-toto.io/attestation/release/v0.1"
RELEASE_EXTENSION = "urn:golden-images:release:v1"


class _ReleaseExtension(Read):
    image: str
    build_id: str = Field(pattern=r"^[0-9a-f]{64}$")
    plan: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    released_at: AwareDatetime
    reason: Reason
    base_name: str = ""
    base_digest: str = ""
    backfill: bool = False
    facts: dict[str, int] = Field(default_factory=dict)
    note: str = ""
    actor: str = ""
    source_id: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")


class _ReleasePredicate(Read):
    release_id: str = Field(alias="releaseId", min_length=1)
    ours: _ReleaseExtension = Field(alias=RELEASE_EXTENSION)


class _ReleaseStatement(Statement):
    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    predicate_type: Literal["https://in-toto.io/attestation/release/v0.1"] = Field(alias="predicateType")
    predicate: _ReleasePredicate


def release_statement(release: Release, reference: Reference) -> bytes:
    """The release record; ``reference`` names the image's repository with its host."""
    return statement(
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
                "released_at": time(release.released_at),
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
        ANNOTATION_STAGE: Role.RELEASE_RECORD.value,
        ANNOTATION_CREATED: time(release.released_at),
        ANNOTATION_VERSION: release.version,
        ANNOTATION_BUILD_ID: release.build_id,
    }


def parse_release(content: bytes, repository: str) -> Release:
    """Raises IntegrityError unless ``content`` is a release record of ours about ``repository``."""
    statement = parse(_ReleaseStatement, content, "release record", repository)
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
