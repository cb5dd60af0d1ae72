"""The one reader and the one writer of records: in-toto statements about one digest in one repository.

An envelope around them, with a signature, is opened and closed here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from golden_images.core.digest import Digest, canonical_json
from golden_images.core.reference import Reference
from golden_images.errors import IntegrityError

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"


class Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class DigestSet(Read):
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Subject(Read):
    name: str
    digest: DigestSet


class Statement(Read):
    subject: tuple[Subject] = Field(description="Exactly one.")


_T = TypeVar("_T", bound=Statement)


def statement(
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


def parse(model: type[_T], content: bytes, what: str, repository: str) -> _T:
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


def predicate_type(content: bytes) -> str:
    """Empty for what is no statement."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    return str(document.get("predicateType", "")) if isinstance(document, dict) else ""


def time(value: datetime) -> str:
    """RFC 3339 in UTC, to the microsecond; a time without a zone is a mistake of ours."""
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
