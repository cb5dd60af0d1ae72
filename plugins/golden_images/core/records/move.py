"""The record of a channel's move."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Literal

from pydantic import AwareDatetime, Field

from golden_images.core.digest import Digest
from golden_images.core.names import ANNOTATION_CREATED, ANNOTATION_STAGE
from golden_images.core.records.statement import Read, Statement, parse, statement, time
from golden_images.core.reference import Reference
from golden_images.core.release import ChannelMove
from golden_images.core.role import Role

MOVE_PREDICATE = "urn:golden-images:channel-move:v1"


class _MovePredicate(Read):
    image: str
    channel: str = Field(min_length=1)
    previous: str = Field(default="", pattern=r"^(sha256:[0-9a-f]{64})?$")
    at: AwareDatetime
    actor: str


class _MoveStatement(Statement):
    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    predicate_type: Literal["urn:golden-images:channel-move:v1"] = Field(alias="predicateType")
    predicate: _MovePredicate


def move_statement(move: ChannelMove, reference: Reference) -> bytes:
    """The record of one move of a channel to ``move.digest``."""
    predicate = {
        "image": move.image,
        "channel": move.channel,
        "previous": move.previous,
        "at": time(move.at),
        "actor": move.actor,
    }
    return statement(move.digest, reference, MOVE_PREDICATE, predicate)


def move_annotations(move: ChannelMove) -> dict[str, str]:
    """The annotations of the move record's manifest."""
    return {ANNOTATION_STAGE: Role.MOVE_RECORD.value, ANNOTATION_CREATED: time(move.at)}


def parse_move(content: bytes, repository: str) -> ChannelMove:
    """Raises IntegrityError unless ``content`` is a channel move of ours in ``repository``."""
    statement = parse(_MoveStatement, content, "record of a channel move", repository)
    move = statement.predicate
    return ChannelMove(
        image=move.image,
        channel=move.channel,
        digest=Digest(f"sha256:{statement.subject[0].digest.sha256}"),
        previous=move.previous,
        at=move.at.astimezone(UTC),
        actor=move.actor,
    )


def is_move(annotations: Mapping[str, str]) -> bool:
    """Whether a referrer with these annotations is the record of a channel move."""
    return annotations.get(ANNOTATION_STAGE) == Role.MOVE_RECORD
