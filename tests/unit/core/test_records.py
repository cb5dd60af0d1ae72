"""Records in the registry: what is written is read back, and nothing else is taken for a record."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from golden_images.core import records
from golden_images.core.digest import Digest
from golden_images.core.reason import Reason, Why
from golden_images.core.reference import Reference
from golden_images.core.release import ChannelMove, Release
from golden_images.errors import IntegrityError

DIGEST = Digest.of(b"image")
REFERENCE = Reference.parse("localhost:5000/golden/python-runtime")
REPOSITORY = "golden/python-runtime"
RELEASE = Release(
    image="python-runtime",
    version="2026.11.23-1a2b3c4d",
    digest=DIGEST,
    build_id="1a2b3c4d" * 8,
    reason=Reason(why=Why.PACKAGE_UPDATE, old="a", new="b", detail="openssl 3.0.14-1 → 3.0.15-1, +3"),
    released_at=datetime(2026, 11, 23, 2, 0, 0, 123456, tzinfo=UTC),
    plan=Digest.of(b"plan"),
    base_name="localhost:5000/golden/debian-base",
    base_digest=str(Digest.of(b"base")),
    backfill=True,
    facts={"size_bytes": 123456789012, "packages": 88},
    note="the CVE of this morning",
    actor="alice",
)
MOVE = ChannelMove(
    image="python-runtime",
    channel="dev",
    digest=DIGEST,
    previous=str(Digest.of(b"old")),
    at=datetime(2026, 11, 23, 2, 0, 1, 5, tzinfo=UTC),
    actor="airflow",
)


def test_a_release_is_read_back_whole() -> None:
    assert records.parse_release(records.release_statement(RELEASE, REFERENCE), REPOSITORY) == RELEASE


def test_a_move_is_read_back_whole() -> None:
    assert records.parse_move(records.move_statement(MOVE, REFERENCE), REPOSITORY) == MOVE
    first = replace(MOVE, previous="")
    assert records.parse_move(records.move_statement(first, REFERENCE), REPOSITORY) == first


def test_a_time_in_another_zone_is_the_same_record() -> None:
    elsewhere = RELEASE.released_at.astimezone(timezone(timedelta(hours=2)))
    shifted = replace(RELEASE, released_at=elsewhere)
    assert records.release_statement(shifted, REFERENCE) == records.release_statement(RELEASE, REFERENCE)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        records.move_statement(replace(MOVE, at=datetime(2026, 1, 1)), REFERENCE)  # noqa: DTZ001


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


def test_two_subjects_or_a_wrong_digest_are_refused() -> None:
    statement = json.loads(records.move_statement(MOVE, REFERENCE))
    two = {**statement, "subject": statement["subject"] * 2}
    with pytest.raises(IntegrityError, match="no record of a channel move"):
        records.parse_move(json.dumps(two).encode(), REPOSITORY)
    statement["subject"][0]["digest"]["sha256"] = "abc"
    with pytest.raises(IntegrityError) as caught:
        records.parse_move(json.dumps(statement).encode(), REPOSITORY)
    assert "subject.0.digest.sha256" in caught.value.cause
