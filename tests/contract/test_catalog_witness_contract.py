"""What later stages believe because the catalog says it: candidates, attempts, plans, states, moves."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TypeVar

import pytest

from golden_images.core.reason import Reason, Why
from golden_images.core.release import Candidate, ChannelMove, Decision, EvidenceRecord, ReleaseState
from golden_images.ports import Catalog
from tests.contract.conftest import Connect
from tests.contract.test_catalog_contract import HOUR, IMAGE, START, digest, move, release

BUILD = "b" * 64
SUBJECT = digest("subject")
WRITERS = 8

_T = TypeVar("_T")


def candidate(name: str, image: str = IMAGE) -> Candidate:
    return Candidate(image, BUILD, digest(f"plan {name}"), digest(name), START)


def reports(
    name: str, attempt: int, *, stage: str = "sbom", mark: str = "0123456789abcdef"
) -> list[EvidenceRecord]:
    """What one attempt made, oldest first, then by digest."""
    made = [
        EvidenceRecord(IMAGE, SUBJECT, stage, kind, digest(f"{name} {kind}"), START, mark, attempt)
        for kind in ("application/vnd.cyclonedx+json", "application/spdx+json")
    ]
    return sorted(made, key=lambda one: one.digest)


def at_once(connect: Connect, work: Callable[[Catalog, int], _T]) -> list[_T]:
    barrier = Barrier(WRITERS)

    def one(number: int) -> _T:
        catalog = connect()
        barrier.wait(timeout=60)
        return work(catalog, number)

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(one, range(WRITERS)))


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


class TestStates:
    def test_a_release_is_good_until_it_is_revoked(self, catalog: Catalog) -> None:
        for number in (1, 2):
            catalog.record_release(release(number))
        catalog.set_release_state(IMAGE, release(2).digest, ReleaseState.REVOKED)
        revoked = replace(release(2), state=ReleaseState.REVOKED)
        assert catalog.current(IMAGE) == release(1)
        assert catalog.currents([IMAGE]) == {IMAGE: release(1)}
        assert catalog.releases(IMAGE) == [revoked, release(1)]
        assert catalog.release_by_digest(release(2).digest) == revoked
        assert catalog.release_of_build(IMAGE, release(2).build_id) == revoked
        assert catalog.releases_of_builds(IMAGE, [release(2).build_id]) == {release(2).build_id: revoked}
        assert catalog.find_releases(release(2).version) == [revoked]
        assert catalog.releases_on(IMAGE, [release(2).base_digest]) == [revoked, release(1)]
        catalog.set_release_state(IMAGE, release(2).digest, ReleaseState.GOOD)
        assert catalog.current(IMAGE) == release(2)

    def test_the_same_digest_of_another_image_is_none_of_it(self, catalog: Catalog) -> None:
        twin = replace(release(1, "nginx"), digest=release(1).digest)
        for each in (release(1), twin):
            catalog.record_release(each)
        catalog.set_release_state(IMAGE, release(1).digest, ReleaseState.REVOKED)
        assert catalog.current(IMAGE) is None
        assert catalog.current("nginx") == twin

    def test_neither_a_retry_nor_a_rebuild_takes_it_back(self, catalog: Catalog) -> None:
        catalog.record_release(release(1))
        catalog.set_release_state(IMAGE, release(1).digest, ReleaseState.REVOKED)
        catalog.record_release(release(1))
        assert catalog.current(IMAGE) is None
        catalog.clear()
        catalog.record_release(release(1))
        assert catalog.current(IMAGE) is None

    def test_what_is_revoked_holds_its_build_no_longer(self, catalog: Catalog) -> None:
        catalog.record_release(release(1))
        build = release(1).build_id
        assert catalog.claim(IMAGE, build, digest("new")) == release(1).digest
        catalog.set_release_state(IMAGE, release(1).digest, ReleaseState.REVOKED)
        assert catalog.claim(IMAGE, build, digest("new")) == digest("new")
        assert catalog.claim(IMAGE, build, digest("late")) == digest("new")


class TestDecisionsOfRuns:
    def test_a_decision_is_found_by_its_run_with_its_plan(self, connect: Connect) -> None:
        built = Decision(IMAGE, "run 1", START, Reason(why=Why.NEW), BUILD, plan=digest("plan"))
        nothing = Decision(IMAGE, "run 2", START + HOUR, Reason(why=Why.UNCHANGED))
        for each in (built, nothing):
            connect().record_decision(each)
        assert connect().decision(IMAGE, "run 1") == built
        assert connect().decision(IMAGE, "run 2") == nothing
        assert connect().decision(IMAGE, "run 3") is None
        assert connect().decision("nginx", "run 1") is None
        assert connect().decisions(IMAGE) == [nothing, built]


class TestMoves:
    def test_a_channel_moves_from_where_it_stands(self, connect: Connect) -> None:
        first, second = replace(move(1), previous=""), move(2)
        assert not connect().move_channel(second), "it never moved"
        assert connect().move_channel(first)
        assert connect().move_channel(first), "a retry"
        assert not connect().move_channel(replace(move(3), previous=""))
        assert not connect().move_channel(replace(move(3), previous=str(digest("0"))))
        assert connect().move_channel(second)
        assert not connect().move_channel(first), "the channel has moved on"
        assert connect().moves(IMAGE, "dev") == [second, first]
        assert connect().channels(IMAGE) == {"dev": digest("2")}

    @pytest.mark.parametrize("late", [0, 1])
    def test_a_move_comes_after_the_one_before(self, catalog: Catalog, late: int) -> None:
        catalog.move_channel(replace(move(1), previous=""))
        assert not catalog.move_channel(replace(move(2), at=move(1).at - late * HOUR))
        assert catalog.channels(IMAGE) == {"dev": digest("1")}

    def test_channels_and_images_are_apart(self, catalog: Catalog) -> None:
        for each in (move(1), move(1, "prod"), move(1, image="nginx")):
            assert catalog.move_channel(replace(each, previous=""))

    def test_one_of_many_at_once_wins(self, connect: Connect) -> None:
        connect().move_channel(replace(move(0), previous=""))

        def moved(number: int) -> ChannelMove:
            return replace(
                move(0),
                digest=digest(f"{1 + number}"),
                previous=str(move(0).digest),
                at=START + (1 + number) * HOUR,
            )

        won = at_once(connect, lambda catalog, number: catalog.move_channel(moved(number)))
        assert sum(won) == 1
        assert connect().moves(IMAGE, "dev") == [moved(won.index(True)), move(0)]
