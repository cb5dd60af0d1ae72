from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from golden_images.core.digest import Digest
from golden_images.core.release import EvidenceRecord, one_attempt

RECORD = EvidenceRecord(
    image="web",
    subject=Digest.of(b"image"),
    stage="sbom",
    artifact_type="application/spdx+json",
    digest=Digest.of(b"report"),
    created=datetime(2026, 11, 23, tzinfo=UTC),
    mark="ab",
    attempt=1,
)


def test_reports_of_one_attempt_belong_together_whatever_their_kinds() -> None:
    other = replace(RECORD, artifact_type="application/cyclonedx+json", digest=Digest.of(b"other"))
    assert one_attempt([RECORD, other])
    assert not one_attempt([])


@pytest.mark.parametrize(
    "other",
    [{"image": "root"}, {"subject": Digest.of(b"x")}, {"stage": "test"}, {"mark": "cd"}, {"attempt": 2}],
)
def test_reports_of_two_attempts_are_not_recorded_as_one(other: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="of 2 attempts"):
        one_attempt([RECORD, replace(RECORD, **other)])
