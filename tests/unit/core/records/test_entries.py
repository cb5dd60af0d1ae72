"""What the catalog keeps of a referrer, and of a release that is a base."""

from __future__ import annotations

from datetime import UTC, datetime

from golden_images.core import records
from golden_images.core.digest import Digest
from golden_images.core.names import ANNOTATION_CREATED, ANNOTATION_STAGE
from golden_images.core.release import BaseVersion, EvidenceRecord
from tests.unit.core.records.examples import DIGEST, MOVE, RELEASE

REPORT = Digest.of(b"report")


def entry(annotations: dict[str, str]) -> EvidenceRecord | None:
    return records.evidence_record("web", DIGEST, REPORT, artifact_type="a/b", annotations=annotations)


def test_a_referrer_of_ours_has_its_stage_and_its_time() -> None:
    made = entry({ANNOTATION_STAGE: "lint", ANNOTATION_CREATED: "2026-11-23T02:00:00Z"})
    assert made == EvidenceRecord(
        "web", DIGEST, "lint", "a/b", REPORT, datetime(2026, 11, 23, 2, tzinfo=UTC), mark="", attempt=0
    )


def test_a_strangers_and_a_move_are_none() -> None:
    assert entry({}) is None
    assert entry({ANNOTATION_STAGE: "lint", ANNOTATION_CREATED: "once"}) is None
    assert entry(records.move_annotations(MOVE)) is None


def test_a_release_is_a_version_of_the_base_that_it_is() -> None:
    assert records.base_version(RELEASE, ("linux/amd64",)) == BaseVersion(
        "python-runtime", DIGEST, RELEASE.released_at, ("linux/amd64",), RELEASE.version, "release"
    )
