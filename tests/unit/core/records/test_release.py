"""The record of a release is read back whole, and strangers can read it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from golden_images.core import records
from golden_images.errors import IntegrityError
from tests.unit.core.records.examples import DIGEST, MOVE, REFERENCE, RELEASE, REPOSITORY


def test_a_release_is_read_back_whole() -> None:
    assert records.parse_release(records.release_statement(RELEASE, REFERENCE), REPOSITORY) == RELEASE


def test_a_time_in_another_zone_is_the_same_record() -> None:
    elsewhere = RELEASE.released_at.astimezone(timezone(timedelta(hours=2)))
    shifted = replace(RELEASE, released_at=elsewhere)
    assert records.release_statement(shifted, REFERENCE) == records.release_statement(RELEASE, REFERENCE)


def test_the_release_is_an_in_toto_statement_that_strangers_can_read() -> None:
    statement = json.loads(records.release_statement(RELEASE, REFERENCE))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://in-toto.io/attestation/release/v0.1"
    assert statement["subject"] == [
        {"name": "localhost:5000/golden/python-runtime", "digest": {"sha256": DIGEST.hex}}
    ]
    assert statement["predicate"]["releaseId"] == RELEASE.version
    assert statement["predicate"]["purl"] == (
        f"pkg:oci/python-runtime@sha256%3A{DIGEST.hex}"
        "?repository_url=localhost:5000/golden/python-runtime&tag=2026.11.23-1a2b3c4d"
    )


def test_unknown_fields_are_ignored() -> None:
    statement = json.loads(records.release_statement(RELEASE, REFERENCE))
    statement["predicate"]["later"] = {"x": 1}
    statement["predicate"][records.RELEASE_EXTENSION]["later"] = 1
    assert records.parse_release(json.dumps(statement).encode(), REPOSITORY) == RELEASE


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "the whole: Invalid JSON"),
        (b"{}", "_type: Field required"),
        (records.move_statement(MOVE, REFERENCE), "predicateType: Input should be"),
    ],
)
def test_what_is_no_release_record_is_refused(content: bytes, cause: str) -> None:
    with pytest.raises(IntegrityError, match="this is no release record") as caught:
        records.parse_release(content, REPOSITORY)
    assert cause in caught.value.cause
