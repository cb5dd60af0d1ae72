"""One suite for every catalog: in memory, SQLite, PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier

import pytest

from golden_images.core.digest import Digest
from golden_images.core.reason import Reason, Why
from golden_images.core.release import BaseVersion, ChannelMove, Decision, EvidenceRecord, Failure, Release
from golden_images.errors import InputError, IntegrityError
from golden_images.ports import Catalog
from tests.contract.conftest import Connect

IMAGE = "python-runtime"
BASE = "docker.io/library/debian:bookworm-slim"
#: With microseconds, because databases differ in what they keep.
START = datetime(2026, 11, 23, 2, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)


def digest(text: str) -> Digest:
    return Digest.of(text.encode())


def release(number: int, image: str = IMAGE, *, backfill: bool = False) -> Release:
    return Release(
        image=image,
        version=f"2026.11.{number:02d}-{number:08x}",
        digest=digest(f"{image} {number}"),
        build_id=f"{number:064x}",
        reason=Reason(why=Why.BASE_CHANGED, old="sha256:a", new="sha256:b", detail="näher → weiter"),
        released_at=START + number * HOUR,
        plan=digest(f"plan {number}"),
        base_name="localhost:5000/golden/debian-base",
        base_digest=str(digest("base")),
        backfill=backfill,
        facts={"size_bytes": 12_345_678_901, "packages": 88},
    )


def move(number: int, channel: str = "dev", image: str = IMAGE, at: datetime | None = None) -> ChannelMove:
    previous = str(digest(f"{number - 1}")) if number else ""
    return ChannelMove(image, channel, digest(f"{number}"), previous, at or START + number * HOUR, "airflow")


def base(name: str, hour: int, source: str = "tags", at: datetime | None = None) -> BaseVersion:
    return BaseVersion(
        base=BASE,
        digest=digest(name),
        at=at or START.replace(microsecond=0) + hour * HOUR - timedelta(days=400),
        platforms=("linux/amd64", "linux/arm64/v8"),
        tag="bookworm-slim",
        source=source,
    )


def names(versions: list[BaseVersion]) -> list[str]:
    """``A3`` is digest A, hour 3."""
    letters = {digest(letter): letter for letter in "ABCDEF"}
    start = base("A", 0).at
    return [f"{letters[each.digest]}{(each.at - start) // HOUR}" for each in versions]


class TestReleases:
    def test_an_empty_catalog_knows_nothing(self, catalog: Catalog) -> None:
        assert catalog.images() == []
        assert catalog.releases(IMAGE) == []
        assert catalog.current(IMAGE) is None
        assert catalog.release_by_digest(digest("x")) is None
        assert catalog.release_of_build(IMAGE, "0" * 64) is None

    def test_a_release_is_read_back_whole_by_another_client(self, connect: Connect) -> None:
        connect().record_release(release(1))
        found = connect().release_by_digest(release(1).digest)
        assert found == release(1)
        assert found.released_at.utcoffset() == timedelta(0)

    def test_a_time_in_another_zone_is_the_same_time(self, catalog: Catalog) -> None:
        berlin = timezone(HOUR)
        catalog.record_release(replace(release(1), released_at=release(1).released_at.astimezone(berlin)))
        assert catalog.releases(IMAGE) == [release(1)]

    def test_releases_are_newest_first_and_of_one_image(self, catalog: Catalog) -> None:
        for each in (release(2), release(1), release(3), release(9, "nginx")):
            catalog.record_release(each)
        assert catalog.releases(IMAGE) == [release(3), release(2), release(1)]
        assert catalog.images() == ["nginx", IMAGE]

    def test_current_is_the_newest_that_is_no_backfill(self, catalog: Catalog) -> None:
        for each in (release(1), release(2), release(3, backfill=True)):
            catalog.record_release(each)
        assert catalog.current(IMAGE) == release(2)

    def test_the_current_ones_of_many_are_those_of_each(self, catalog: Catalog) -> None:
        first, again = release(7, "nginx"), replace(release(8, "nginx"), released_at=release(7).released_at)
        for each in (release(2), release(1), release(3, backfill=True), again, first, release(4, "other")):
            catalog.record_release(each)
        catalog.record_release(release(5, "only-backfills", backfill=True))
        found = catalog.currents([IMAGE, "nginx", "only-backfills", "unknown"])
        assert found == {IMAGE: catalog.current(IMAGE), "nginx": catalog.current("nginx")}
        assert found == {IMAGE: release(2), "nginx": again}
        assert catalog.currents([]) == {}

    def test_releases_are_found_by_version_and_by_the_first_digits_of_their_digest(
        self, catalog: Catalog
    ) -> None:
        one, same_version, another = release(1), release(1, "nginx"), release(2)
        for each in (one, same_version, another):
            catalog.record_release(each)
        assert catalog.find_releases(one.version) == [same_version, one]
        assert catalog.find_releases("", another.digest.hex[:6]) == [another]
        assert catalog.find_releases(one.version, another.digest.hex) == [another, same_version, one]
        assert catalog.find_releases("unknown", "0" * 8) == []
        assert catalog.find_releases("") == []

    def test_the_same_release_again_changes_nothing(self, catalog: Catalog) -> None:
        catalog.record_release(release(1))
        catalog.record_release(release(1))
        assert catalog.releases(IMAGE) == [release(1)]

    def test_a_version_never_moves_to_another_digest(self, catalog: Catalog) -> None:
        catalog.record_release(release(1))
        with pytest.raises(IntegrityError, match=release(1).version):
            catalog.record_release(replace(release(1), digest=digest("other")))
        assert catalog.releases(IMAGE) == [release(1)]

    def test_a_release_is_found_by_its_build_and_by_an_identical_one(self, catalog: Catalog) -> None:
        catalog.record_release(release(1))
        catalog.record_identical(IMAGE, "f" * 64, release(1).digest)
        catalog.record_identical(IMAGE, "f" * 64, release(1).digest)
        assert catalog.release_of_build(IMAGE, release(1).build_id) == release(1)
        assert catalog.release_of_build(IMAGE, "f" * 64) == release(1)
        assert catalog.release_of_build("nginx", "f" * 64) is None


class TestClaims:
    def test_the_first_caller_wins(self, connect: Connect) -> None:
        assert connect().claim(IMAGE, "b", digest("1")) == digest("1")
        assert connect().claim(IMAGE, "b", digest("2")) == digest("1")
        assert connect().claim("nginx", "b", digest("3")) == digest("3")

    def test_one_wins_among_many_at_once(self, connect: Connect) -> None:
        callers = 16
        barrier = Barrier(callers)

        def call(number: int) -> list[Digest]:
            catalog = connect()
            barrier.wait(timeout=60)
            return [catalog.claim(IMAGE, f"build {build}", digest(f"{number}")) for build in range(5)]

        with ThreadPoolExecutor(callers) as pool:
            answers = list(pool.map(call, range(callers)))
        for build in range(5):
            assert len({answer[build] for answer in answers}) == 1
            assert connect().claim(IMAGE, f"build {build}", digest("late")) == answers[0][build]

    def test_a_release_claims_its_build(self, catalog: Catalog) -> None:
        catalog.record_release(release(1))
        assert catalog.claim(IMAGE, release(1).build_id, digest("late")) == release(1).digest


class TestEvidenceAndDecisions:
    def test_evidence_is_of_one_subject_in_order_of_time(self, catalog: Catalog) -> None:
        subject = digest("subject")
        records = [
            EvidenceRecord(
                IMAGE, subject, stage, "application/sarif+json", digest(stage), START + number * HOUR
            )
            for number, stage in enumerate(["lint", "sbom", "test"])
        ]
        for record in [*reversed(records), replace(records[0], subject=digest("other")), records[0]]:
            catalog.record_evidence([record])
        assert catalog.evidence(IMAGE, subject) == records
        assert catalog.evidence("nginx", subject) == []

    def test_decisions_are_newest_first_one_a_run_and_limited(self, catalog: Catalog) -> None:
        decisions = [
            Decision(IMAGE, f"run {number}", START + number * HOUR, Reason(why=Why.UNCHANGED), "b" * 64)
            for number in range(4)
        ]
        for decision in [*decisions, decisions[0]]:
            catalog.record_decision(decision)
        assert catalog.decisions(IMAGE) == decisions[::-1]
        assert catalog.decisions(IMAGE, limit=2) == [decisions[3], decisions[2]]
        again = replace(
            decisions[3], reason=Reason(why=Why.FORCED, detail="cleared"), note="by hand", actor="alice"
        )
        catalog.record_decision(again)
        assert catalog.decisions(IMAGE, limit=1) == [again]

    def test_the_last_run_failed_until_a_later_one_decides_or_it_ends_well_after_all(
        self, catalog: Catalog
    ) -> None:
        def decided(run: str, hours: float, *, backfill: bool = False) -> None:
            reason = Reason(why=Why.NEW)
            catalog.record_decision(Decision(IMAGE, run, START + hours * HOUR, reason, backfill=backfill))

        first = Failure(IMAGE, "run 1", START + HOUR, "build")
        second = Failure(IMAGE, "run 2", START + 3 * HOUR, "")
        decided("run 1", 0)
        for failure in (first, first, replace(first, image="nginx")):
            catalog.record_failure(failure)
        assert catalog.failures([IMAGE, "other"]) == {IMAGE: first}
        catalog.record_failure(second)
        assert catalog.failures([IMAGE]) == {IMAGE: second}
        catalog.clear_failure(IMAGE, "run 1")
        assert catalog.failures([IMAGE]) == {IMAGE: second}, "another run's end"
        catalog.clear_failure(IMAGE, "run 2")
        assert catalog.failures([IMAGE]) == {}
        catalog.record_failure(second)
        decided("backfill", 3.5, backfill=True)
        assert catalog.failures([IMAGE]) == {IMAGE: second}, "a past base says nothing of now"
        decided("run 3", 4)
        assert set(catalog.failures([IMAGE, "nginx"])) == {"nginx"}
        assert catalog.failures([]) == {}

    def test_an_image_is_retired_until_that_is_taken_back(self, catalog: Catalog) -> None:
        def decided(image: str, why: Why, hours: int) -> Decision:
            made = Decision(
                image, f"{why} {hours}", START + hours * HOUR, Reason(why=why), note="n", actor="a"
            )
            catalog.record_decision(made)
            return made

        decided("nginx", Why.RETIRED, 1)
        decided("nginx", Why.RESTORED, 2)
        decided("nginx", Why.FORCED, 3)
        again = [decided(IMAGE, why, hours) for hours, why in ((1, Why.RETIRED), (2, Why.RESTORED))]
        assert catalog.retired([IMAGE, "nginx"]) == {}
        again.append(decided(IMAGE, Why.RETIRED, 3))
        decided(IMAGE, Why.UNCHANGED, 4)
        assert catalog.retired([IMAGE, "nginx", "unknown"]) == {IMAGE: again[-1]}
        assert catalog.retired([]) == {}


class TestChannels:
    def test_a_channel_is_where_its_newest_move_led(self, catalog: Catalog) -> None:
        for each in (move(2), move(1), move(0), move(1, "prod"), move(5, image="nginx")):
            catalog.record_move(each)
        assert catalog.channels(IMAGE) == {"dev": digest("2"), "prod": digest("1")}
        assert catalog.moves(IMAGE, "dev") == [move(2), move(1), move(0)]
        assert catalog.moves(IMAGE, "dev", limit=2) == [move(2), move(1)]
        assert len(catalog.moves(IMAGE)) == 4

    def test_the_channels_of_many_are_those_of_each(self, catalog: Catalog) -> None:
        for each in (move(2), move(1), move(1, "prod"), move(5, image="nginx"), move(6, image="other")):
            catalog.record_move(each)
        found = catalog.standing([IMAGE, "nginx", "unknown"])
        assert found == {IMAGE: catalog.channels(IMAGE), "nginx": catalog.channels("nginx"), "unknown": {}}
        assert found[IMAGE] == {"dev": digest("2"), "prod": digest("1")}
        assert list(found) == [IMAGE, "nginx", "unknown"]
        assert catalog.standing([]) == {}

    def test_the_same_move_again_changes_nothing_and_a_rollback_is_another(self, catalog: Catalog) -> None:
        rollback = replace(move(1), at=START + 3 * HOUR, previous=str(digest("2")))
        for each in (move(1), move(2), move(1), rollback, move(2)):
            catalog.record_move(each)
        assert catalog.moves(IMAGE) == [rollback, move(2), move(1)]
        assert catalog.channels(IMAGE) == {"dev": digest("1")}

    def test_of_two_moves_at_once_the_later_recorded_counts(self, catalog: Catalog) -> None:
        first, second = move(7, at=START), move(3, at=START)
        catalog.record_move(first)
        catalog.record_move(second)
        assert catalog.moves(IMAGE) == [second, first]
        assert catalog.channels(IMAGE) == {"dev": digest("3")}


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


class TestLedger:
    def test_a_version_is_read_back_whole_and_only_once(self, connect: Connect) -> None:
        assert connect().record_base_version(base("A", 1)) is True
        assert connect().record_base_version(base("A", 1)) is False
        assert connect().record_base_version(replace(base("A", 1), source="import", tag="x")) is False
        assert connect().base_versions(BASE) == [base("A", 1)]
        assert connect().bases() == [BASE]

    def test_times_are_whole_seconds(self, catalog: Catalog) -> None:
        exact = base("A", 1)
        assert catalog.record_base_version(replace(exact, at=exact.at.replace(microsecond=999_999)))
        assert not catalog.record_base_version(exact)
        assert catalog.base_versions(BASE) == [exact]

    def test_what_comes_late_takes_its_place_in_the_past(self, catalog: Catalog) -> None:
        for each in (base("C", 3), base("A", 1), base("B", 2)):
            assert catalog.record_base_version(each) is True
        assert names(catalog.base_versions(BASE)) == ["A1", "B2", "C3"]
        assert catalog.base_versions(BASE)[-1] == base("C", 3)

    def test_a_window_includes_its_bounds(self, catalog: Catalog) -> None:
        for number, letter in enumerate("ABCD", start=1):
            catalog.record_base_version(base(letter, number))
        since, until = base("B", 2).at, base("C", 3).at
        assert names(catalog.base_versions(BASE, since, until)) == ["B2", "C3"]
        assert names(catalog.base_versions(BASE, since=since)) == ["B2", "C3", "D4"]
        assert names(catalog.base_versions(BASE, until=until)) == ["A1", "B2", "C3"]

    def test_a_tag_that_moved_back_is_a_new_version(self, catalog: Catalog) -> None:
        for each in (base("A", 1), base("B", 2)):
            catalog.record_base_version(each)
        assert catalog.record_base_version(base("A", 3, "watch")) is True
        assert names(catalog.base_versions(BASE)) == ["A1", "B2", "A3"]
        assert catalog.base_versions(BASE)[-1] == base("A", 3, "watch")

    def test_the_watch_does_not_record_what_the_base_is_already(self, catalog: Catalog) -> None:
        assert catalog.record_base_version(base("A", 1, "watch")) is True
        assert catalog.record_base_version(base("A", 2, "watch")) is False
        assert catalog.record_base_version(base("B", 3, "watch")) is True
        assert catalog.record_base_version(base("A", 2, "watch")) is False, "late, and no news then"
        assert names(catalog.base_versions(BASE)) == ["A1", "B3"]

    @pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (0, 3, 1, 2), (2, 0, 3, 1)])
    def test_the_versions_do_not_depend_on_the_order_of_arrival(
        self, catalog: Catalog, order: tuple[int, ...]
    ) -> None:
        facts = [base("A", 1), base("A", 2), base("B", 3), base("A", 4)]
        for index in order:
            assert catalog.record_base_version(facts[index]) is True
        assert names(catalog.base_versions(BASE)) == ["A1", "B3", "A4"]

    def test_a_repeated_digest_is_dated_by_its_first_fact_also_in_a_window(self, catalog: Catalog) -> None:
        for each in (base("A", 1), base("A", 2), base("B", 3), base("B", 4)):
            catalog.record_base_version(each)
        assert catalog.base_versions(BASE, base("A", 2).at) == [base("B", 3)]
        assert catalog.base_versions(BASE)[-1] == base("B", 3)

    def test_two_digests_at_the_same_second_stay_in_order_of_arrival(self, catalog: Catalog) -> None:
        for each in (base("D", 1), base("A", 1), base("C", 1), base("B", 0)):
            assert catalog.record_base_version(each) is True
        assert names(catalog.base_versions(BASE)) == ["B0", "D1", "A1", "C1"]
        assert catalog.base_versions(BASE)[-1] == base("C", 1)

    def test_many_are_recorded_as_if_one_came_after_the_other(self, connect: Connect) -> None:
        other = replace(base("A", 1), base="debian-base")
        watched = [base("B", 3, "watch"), base("C", 5, "watch"), base("C", 6, "watch"), base("B", 4, "watch")]
        many = [base("B", 2), base("A", 1), base("A", 1), base("D", 1), other, *watched]
        assert connect().record_base_version(base("A", 1)) is True
        assert connect().record_base_versions([]) == 0
        assert connect().record_base_versions(many) == 4
        assert connect().record_base_versions(many) == 0
        assert names(connect().base_versions(BASE)) == ["A1", "D1", "B2", "C5"]
        assert connect().base_versions("debian-base") == [other]

    def test_of_many_with_one_of_the_future_none_is_recorded(self, catalog: Catalog) -> None:
        with pytest.raises(InputError, match="lies in the future"):
            catalog.record_base_versions([base("A", 1), base("B", 0, at=datetime.now(UTC) + HOUR)])
        assert catalog.bases() == []

    def test_the_future_is_refused_beyond_a_tolerance(self, catalog: Catalog) -> None:
        now = datetime.now(UTC)
        with pytest.raises(InputError, match="lies in the future") as caught:
            catalog.record_base_version(base("A", 0, at=now + HOUR))
        assert "clock" in caught.value.remedy
        assert catalog.base_versions(BASE) == []
        assert catalog.record_base_version(base("A", 0, at=now + timedelta(minutes=2))) is True

    def test_bases_do_not_mix(self, catalog: Catalog) -> None:
        catalog.record_base_version(base("A", 1))
        catalog.record_base_version(replace(base("B", 2), base="debian-base", source="release"))
        assert catalog.base_versions(BASE) == [base("A", 1)]
        assert catalog.base_versions("nothing") == []
        assert catalog.bases() == ["debian-base", BASE]

    def test_of_many_watches_that_see_one_change_one_records_it(self, connect: Connect) -> None:
        watches = 12
        barrier = Barrier(watches)

        def see(number: int) -> bool:
            catalog = connect()
            barrier.wait(timeout=60)
            at = base("A", 1).at + timedelta(seconds=1)
            return catalog.record_base_version(base("A", 1, "watch", at=at))

        with ThreadPoolExecutor(watches) as pool:
            assert sum(pool.map(see, range(watches))) == 1
