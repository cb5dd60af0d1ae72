"""Reports: by subject, and by attempt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from golden_images.core.release import EvidenceRecord
from golden_images.ports import Catalog
from tests.contract.catalog import HOUR, IMAGE, START, at_once, digest
from tests.contract.conftest import Connect

SUBJECT = digest("subject")


def reports(
    name: str, attempt: int, *, stage: str = "sbom", mark: str = "0123456789abcdef"
) -> list[EvidenceRecord]:
    """What one attempt made, oldest first, then by digest."""
    made = [
        EvidenceRecord(IMAGE, SUBJECT, stage, kind, digest(f"{name} {kind}"), START, mark, attempt)
        for kind in ("application/vnd.cyclonedx+json", "application/spdx+json")
    ]
    return sorted(made, key=lambda one: one.digest)


def test_evidence_is_of_one_subject_in_order_of_time(catalog: Catalog) -> None:
    subject = digest("subject")
    records = [
        EvidenceRecord(IMAGE, subject, stage, "application/sarif+json", digest(stage), START + number * HOUR)
        for number, stage in enumerate(["lint", "sbom", "test"])
    ]
    for record in [*reversed(records), replace(records[0], subject=digest("other")), records[0]]:
        catalog.record_evidence([record])
    assert catalog.evidence(IMAGE, subject) == records
    assert catalog.evidence("nginx", subject) == []


class TestAttempts:
    def test_the_first_of_an_attempt_wins_whole(self, connect: Connect) -> None:
        assert connect().record_evidence([]) == []
        assert connect().record_evidence(reports("a", 1)) == reports("a", 1)
        assert connect().record_evidence(reports("b", 1)) == reports("a", 1)
        assert connect().record_evidence(reports("c", 1)[:1]) == reports("a", 1)
        assert connect().record_evidence(reports("b", 2)) == reports("b", 2)
        assert connect().record_evidence(reports("a", 1, mark="f" * 16)) == reports("a", 1, mark="f" * 16)
        every = [*reports("a", 1), *reports("b", 2), *reports("a", 1, mark="f" * 16)]
        found = connect().evidence(IMAGE, SUBJECT)
        assert set(found) == set(every)
        assert len(found) == len(every)

    def test_of_before_each_report_is_kept_once(self, catalog: Catalog) -> None:
        old, more = reports("a", 0, mark=""), reports("b", 0, mark="")
        assert catalog.record_evidence(old) == old
        assert catalog.record_evidence(more[:1]) == sorted([*old, more[0]], key=lambda one: one.digest)
        assert len(catalog.record_evidence([*old, *more])) == 4
        assert catalog.record_evidence(reports("a", 1)) == reports("a", 1), "the same reports, adopted"
        assert len(catalog.evidence(IMAGE, SUBJECT)) == 6

    def test_two_attempts_are_not_one(self, catalog: Catalog) -> None:
        with pytest.raises(ValueError, match="2 attempts"):
            catalog.record_evidence([*reports("a", 1), *reports("a", 2)])
        assert catalog.evidence(IMAGE, SUBJECT) == []

    def test_one_of_many_at_once_wins(self, connect: Connect) -> None:
        found = at_once(connect, lambda catalog, n: catalog.record_evidence(reports(f"{n}", 1)))
        assert [one for one in found if one != found[0]] == []
        assert connect().evidence(IMAGE, SUBJECT) == found[0]
        assert len(found[0]) == 2
