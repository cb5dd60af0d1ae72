"""What a rebuild from the registry empties and fills."""

from __future__ import annotations

from dataclasses import replace

import pytest

from golden_images.core.reason import Reason, Why
from golden_images.core.release import Decision, EvidenceRecord
from golden_images.errors import IntegrityError
from golden_images.ports import Catalog
from tests.contract.catalog import BASE, IMAGE, START, base, digest, move, release
from tests.contract.conftest import Connect


class TestClear:
    def test_releases_go_decisions_and_the_ledger_stay(self, catalog: Catalog) -> None:
        decision = Decision(IMAGE, "run", START, Reason(why=Why.NEW))
        record = EvidenceRecord(IMAGE, digest("s"), "lint", "a/b", digest("e"), START)
        catalog.record_release(release(1))
        catalog.record_identical(IMAGE, "f" * 64, release(1).digest)
        catalog.record_evidence([record])
        catalog.record_move(move(1))
        catalog.record_decision(decision)
        catalog.record_base_version(base("A", 1))
        catalog.clear()
        assert catalog.images() == []
        assert catalog.evidence(IMAGE, digest("s")) == []
        assert catalog.moves(IMAGE) == []
        assert catalog.claim(IMAGE, release(1).build_id, digest("new")) == digest("new")
        assert catalog.decisions(IMAGE) == [decision]
        assert catalog.base_versions(BASE) == [base("A", 1)]
        catalog.record_release(release(1))
        assert catalog.release_of_build(IMAGE, "f" * 64) is None


class TestRefill:
    def test_what_a_registry_gives_stands_instead_of_what_there_was(self, catalog: Catalog) -> None:
        record = EvidenceRecord(IMAGE, digest("s"), "lint", "a/b", digest("e"), START, "mark", 1)
        told = replace(record, digest=digest("told"), mark="", attempt=0)
        catalog.record_release(release(1))
        catalog.record_identical(IMAGE, "f" * 64, release(1).digest)
        catalog.record_evidence([record])
        catalog.record_move(move(1))
        for _ in range(2):
            catalog.refill(
                releases=[release(2)],
                identical={(IMAGE, "e" * 64): release(2).digest},
                evidence=[told],
                judgements=[],
                moves=[move(2), move(3)],
            )
            assert catalog.releases(IMAGE) == [release(2)]
            assert catalog.release_of_build(IMAGE, "e" * 64) == release(2)
            assert catalog.release_of_build(IMAGE, "f" * 64) is None
            assert catalog.claim(IMAGE, release(2).build_id, digest("late")) == release(2).digest
            assert set(catalog.evidence(IMAGE, digest("s"))) == {record, told}
            assert catalog.moves(IMAGE) == [move(3), move(2)]

    def test_all_of_it_or_nothing(self, connect: Connect, request: pytest.FixtureRequest) -> None:
        if "fake" in request.node.name:
            pytest.skip("it has no transactions")
        connect().record_release(release(1))
        again = replace(release(2), digest=digest("other"))
        with pytest.raises(IntegrityError):
            connect().refill(releases=[release(2), again], identical={}, evidence=[], judgements=[], moves=[])
        assert connect().releases(IMAGE) == [release(1)]
