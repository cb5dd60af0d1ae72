"""Every record is a statement about one digest in one repository."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

import pytest

from golden_images.core import records
from golden_images.core.reference import Reference
from golden_images.errors import IntegrityError
from tests.unit.core.records.examples import MOVE, REFERENCE, RELEASE, REPOSITORY


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        records.move_statement(replace(MOVE, at=datetime(2026, 1, 1)), REFERENCE)  # noqa: DTZ001


def test_two_subjects_or_a_wrong_digest_are_refused() -> None:
    statement = json.loads(records.move_statement(MOVE, REFERENCE))
    two = {**statement, "subject": statement["subject"] * 2}
    with pytest.raises(IntegrityError, match="no record of a channel move"):
        records.parse_move(json.dumps(two).encode(), REPOSITORY)
    statement["subject"][0]["digest"]["sha256"] = "abc"
    with pytest.raises(IntegrityError) as caught:
        records.parse_move(json.dumps(statement).encode(), REPOSITORY)
    assert "subject.0.digest.sha256" in caught.value.cause


@pytest.mark.parametrize("name", ["localhost:5000/golden/other", "localhost:5000", ""])
def test_a_record_of_another_repository_is_refused(name: str) -> None:
    statement = json.loads(records.release_statement(RELEASE, REFERENCE))
    statement["subject"][0]["name"] = name
    with pytest.raises(IntegrityError, match="another repository's") as caught:
        records.parse_release(json.dumps(statement).encode(), REPOSITORY)
    assert name in caught.value.cause


def test_a_registry_has_many_names() -> None:
    elsewhere = Reference.parse("mirror.test/golden/python-runtime")
    assert records.parse_release(records.release_statement(RELEASE, elsewhere), REPOSITORY) == RELEASE
