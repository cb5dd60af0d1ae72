"""What the catalog names: whole attempts by their number, and nothing of a version before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from golden_images.core.digest import Digest
from golden_images.core.release import EvidenceRecord
from golden_images.evidence.snapshot import Snapshot

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SUBJECT = Digest.of(b"image")
KINDS = ("a/cyclonedx", "a/spdx")


def record(
    kind: str, attempt: int, mark: str = "m", stage: str = "sbom", at: datetime = NOW
) -> EvidenceRecord:
    digest = Digest.of(f"{stage} {kind} {mark} {attempt} {at}".encode())
    return EvidenceRecord("child", SUBJECT, stage, kind, digest, at, mark, attempt)


def attempt(number: int, **fields: object) -> list[EvidenceRecord]:
    return [record(kind, number, **fields) for kind in KINDS]  # type: ignore[arg-type]


def current(*records: EvidenceRecord) -> int | None:
    found = Snapshot(SUBJECT, records).current("sbom", "m", KINDS)
    return found.number if found else None


def test_the_highest_number_counts_and_no_clock() -> None:
    assert current(*attempt(1, at=NOW + timedelta(days=1)), *attempt(2)) == 2


def test_what_is_not_whole_or_was_never_written_down_here_counts_for_nothing() -> None:
    assert current() is None
    assert current(*attempt(1), record(KINDS[0], 2)) == 1
    assert current(*attempt(0)) is None, "of a version before, or rebuilt"
    assert current(*attempt(0, mark="")) is None
    assert current(*attempt(1, mark="other"), *attempt(1, stage="test")) is None


def test_listed_reports_are_found_again_beside_newer_ones() -> None:
    first = attempt(1)
    known = Snapshot(SUBJECT, (*first, *attempt(2)))
    listed = [one.digest for one in first]
    found = known.among([*listed, Digest.of(b"of another stage")], "sbom", "m", KINDS)
    assert found is not None
    assert found.number == 1
    assert known.among(listed[:1], "sbom", "m", KINDS) is None


def test_the_next_attempt_comes_after_every_other() -> None:
    known = Snapshot(SUBJECT, tuple(attempt(0)))
    assert known.next_number("sbom", "m") == 1
    assert Snapshot(SUBJECT, (record(KINDS[0], 3),)).next_number("sbom", "m") == 4
