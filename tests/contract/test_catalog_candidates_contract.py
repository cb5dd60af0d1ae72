"""Candidates: the first stands."""

from __future__ import annotations

import pytest

from golden_images.core.release import Candidate
from golden_images.ports import Catalog
from tests.contract.catalog import IMAGE, START, at_once, digest
from tests.contract.conftest import Connect

BUILD = "b" * 64


def candidate(name: str, image: str = IMAGE) -> Candidate:
    return Candidate(image, BUILD, digest(f"plan {name}"), digest(name), START)


class TestCandidates:
    def test_the_first_stands_until_the_one_that_stands_is_named(self, connect: Connect) -> None:
        assert connect().candidate(IMAGE, BUILD) is None
        assert connect().propose_candidate(candidate("a")) == candidate("a")
        assert connect().propose_candidate(candidate("b")) == candidate("a")
        assert connect().propose_candidate(candidate("b"), digest("c")) == candidate("a")
        assert connect().propose_candidate(candidate("b"), digest("a")) == candidate("b")
        assert connect().propose_candidate(candidate("b"), digest("a")) == candidate("b"), "a retry"
        assert connect().candidate(IMAGE, BUILD) == candidate("b")
        assert connect().candidate("nginx", BUILD) is None

    def test_none_stands_instead_of_what_is_not_there(self, catalog: Catalog) -> None:
        assert catalog.propose_candidate(candidate("a"), digest("gone")) == candidate("a")

    @pytest.mark.parametrize("standing", [None, "old"])
    def test_one_of_many_at_once_wins(self, connect: Connect, standing: str | None) -> None:
        if standing:
            connect().propose_candidate(candidate(standing))
        instead_of = digest(standing) if standing else None
        found = at_once(connect, lambda catalog, n: catalog.propose_candidate(candidate(f"{n}"), instead_of))
        assert set(found) == {connect().candidate(IMAGE, BUILD)}
        assert found[0] != candidate("old")

    def test_a_rebuild_keeps_them(self, catalog: Catalog) -> None:
        catalog.propose_candidate(candidate("a"))
        catalog.clear()
        assert catalog.candidate(IMAGE, BUILD) == candidate("a")
