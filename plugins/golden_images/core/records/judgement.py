"""The record of a later judgement."""

from __future__ import annotations

from datetime import UTC
from typing import Literal

from pydantic import AwareDatetime, Field

from golden_images.core.digest import Digest
from golden_images.core.names import ANNOTATION_CREATED, ANNOTATION_STAGE
from golden_images.core.records.statement import Read, Statement, parse, statement, time
from golden_images.core.reference import Reference
from golden_images.core.release import Judgement
from golden_images.core.role import Role

JUDGEMENT_PREDICATE = "urn:golden-images:judgement:v1"


class _JudgementPredicate(Read):
    image: str
    version: str = Field(min_length=1)
    demands: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    plan: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    at: AwareDatetime


class _JudgementStatement(Statement):
    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    predicate_type: Literal["urn:golden-images:judgement:v1"] = Field(alias="predicateType")
    predicate: _JudgementPredicate


def judgement_statement(judgement: Judgement, reference: Reference) -> bytes:
    """The record that a release met other demands than those that it was released by."""
    predicate = {
        "image": judgement.image,
        "version": judgement.version,
        "demands": str(judgement.demands),
        "plan": str(judgement.plan),
        "at": time(judgement.at),
    }
    return statement(judgement.digest, reference, JUDGEMENT_PREDICATE, predicate)


def judgement_annotations(judgement: Judgement) -> dict[str, str]:
    """The annotations of the judgement's manifest."""
    return {ANNOTATION_STAGE: Role.RELEASE_RECORD.value, ANNOTATION_CREATED: time(judgement.at)}


def parse_judgement(content: bytes, repository: str) -> Judgement:
    """Raises IntegrityError unless ``content`` is a judgement of ours about ``repository``."""
    statement = parse(_JudgementStatement, content, "record of a judgement", repository)
    found = statement.predicate
    return Judgement(
        image=found.image,
        version=found.version,
        digest=Digest(f"sha256:{statement.subject[0].digest.sha256}"),
        demands=Digest(found.demands),
        plan=Digest(found.plan),
        at=found.at.astimezone(UTC),
    )
