"""The timetable: nightly ticks over clock changes, backfill from the ledger, stable serialization."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pendulum
import pytest
from airflow.assets.evaluation import AssetEvaluator
from airflow.exceptions import AirflowTimetableInvalid, InvalidPartitionKeyError
from airflow.timetables.base import DagRunInfo, TimeRestriction

from golden_images.core.digest import Digest
from golden_images.core.release import BaseVersion
from golden_images.scheduling import timetable as module
from golden_images.scheduling.assets import release_asset
from golden_images.scheduling.timetable import GoldenImageTimetable
from tests.fakes.catalog import FakeCatalog

ANY_TIME = TimeRestriction(earliest=None, latest=None, catchup=False)
D1, D2, D3 = (Digest("sha256:" + digit * 64) for digit in "123")


def timetable(**changes: object) -> GoldenImageTimetable:
    fields = {
        "base": "debian-base",
        "catalog": "golden_images_catalog",
        "asset": release_asset("debian-base"),
        "nightly": "30 2 * * *",
        "timezone": "Europe/Berlin",
    }
    return GoldenImageTimetable(**(fields | changes))


@contextmanager
def clock(now: str) -> Iterator[None]:
    """What Airflow's cron timetable takes for the present."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("airflow.timetables.trigger.utcnow", lambda: pendulum.parse(now))
        yield


def after(last: str, now: str, table: GoldenImageTimetable) -> DagRunInfo | None:
    """The next run at the moment ``now``, given that the last nightly ran at ``last`` (both UTC)."""
    at = pendulum.parse(last)
    with clock(now):
        ran = DagRunInfo(run_after=at, data_interval=None, partition_date=at, partition_key="x")
        return table.next_dagrun_info_v2(last_dagrun_info=ran, restriction=ANY_TIME)


def test_a_nightly_run_has_its_tick_as_key_date_and_start() -> None:
    info = after("2026-11-22T01:30:00Z", "2026-11-22T12:00:00Z", timetable())
    tick = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    assert info == DagRunInfo(tick, None, tick, "20261123T013000Z_nightly")


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        # Clocks go forward: 02:30 does not exist in Berlin, one run an hour later by the clock.
        ("2026-03-28T01:30:00Z", "2026-03-28T12:00:00Z", ["2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]),
        # Clocks go back: 02:30 comes twice, one run.
        ("2026-10-24T00:30:00Z", "2026-10-24T12:00:00Z", ["2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"]),
    ],
    ids=["forward", "back"],
)
def test_a_change_of_clocks_neither_loses_nor_doubles_a_night(
    last: str, now: str, expected: list[str]
) -> None:
    ticks = []
    for _ in expected:
        info = after(last, now, timetable())
        assert info is not None
        ticks.append(info.run_after.strftime("%Y-%m-%dT%H:%M:%SZ"))
        last = now = ticks[-1]
    assert ticks == expected


def replay(table: GoldenImageTimetable, moments: Iterable[datetime], last: datetime | None) -> list[str]:
    """The runs that a scheduler makes that computes the next one anew at each of ``moments``, UTC."""
    made = []
    for now in moments:
        ran = last and DagRunInfo(pendulum.instance(last), None, pendulum.instance(last), "x")
        with clock(now.isoformat()):
            info = table.next_dagrun_info_v2(last_dagrun_info=ran, restriction=ANY_TIME)
        assert info is not None
        if info.run_after <= now:
            last = info.run_after
            made.append(last.strftime("%m-%dT%H:%M"))
    return made


def every(minutes: int, first: datetime, last: datetime) -> list[datetime]:
    step = timedelta(minutes=minutes)
    return [first + step * number for number in range((last - first) // step + 1)]


@pytest.mark.parametrize(
    ("zone", "nightly", "change", "expected"),
    [
        ("Europe/Berlin", "30 2 * * *", "2026-03-29", ["03-28T01:30", "03-29T01:30", "03-30T00:30"]),
        ("Europe/Berlin", "30 2 * * *", "2026-10-25", ["10-24T00:30", "10-25T01:30", "10-26T01:30"]),
        ("Europe/Berlin", "0 2 * * *", "2026-03-29", ["03-28T01:00", "03-29T01:00", "03-30T00:00"]),
        ("Europe/Berlin", "0 2 * * *", "2026-10-25", ["10-24T00:00", "10-25T01:00", "10-26T01:00"]),
        ("Europe/Berlin", "0 3 * * *", "2026-03-29", ["03-28T02:00", "03-29T01:00", "03-30T01:00"]),
        ("America/New_York", "30 1 * * *", "2026-11-01", ["10-31T05:30", "11-01T06:30", "11-02T06:30"]),
        ("Australia/Lord_Howe", "45 1 * * *", "2026-04-05", ["04-03T14:45", "04-04T15:15", "04-05T15:15"]),
    ],
)
def test_a_change_of_clocks_while_the_scheduler_looks_on(
    zone: str, nightly: str, change: str, expected: list[str]
) -> None:
    table = timetable(timezone=zone, nightly=nightly)
    day = datetime.fromisoformat(f"{change}T00:00:00+00:00")
    moments = every(30, day - timedelta(hours=35), day + timedelta(hours=33))
    assert replay(table, moments, moments[0]) == expected
    # Nor does it matter when it looks.
    assert replay(table, moments[3::7], moments[0]) == expected


@pytest.mark.parametrize("hours", [1, 3, 26])
def test_a_clock_that_is_set_back_repeats_no_night(hours: int) -> None:
    tick = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    on = every(30, tick - timedelta(hours=4), tick)
    again = every(30, tick - timedelta(hours=hours), tick + timedelta(hours=25))
    assert replay(timetable(), on + again, tick - timedelta(days=1)) == ["11-23T01:30", "11-24T01:30"]


def test_the_first_night_is_not_lost_to_whoever_looks_a_little_late() -> None:
    night = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    known = every(30, night - timedelta(hours=4), night - timedelta(minutes=5))
    late = [night + timedelta(minutes=5)]
    assert replay(timetable(), known + late, None) == ["11-23T01:30"]


def test_of_nights_missed_only_the_newest_is_made_good() -> None:
    info = after("2026-11-01T01:30:00Z", "2026-11-23T12:00:00Z", timetable())
    assert info is not None
    assert info.partition_key == "20261123T013000Z_nightly"


def test_an_image_that_is_new_waits_for_its_first_night() -> None:
    with clock("2026-11-23T01:41:00Z"):
        info = timetable().next_dagrun_info_v2(last_dagrun_info=None, restriction=ANY_TIME)
    assert info is not None
    assert info.partition_key == "20261124T013000Z_nightly"


def test_a_backfill_of_the_past_does_not_repeat_tonight() -> None:
    info = after("2026-11-23T11:00:00Z", "2026-11-23T12:00:00Z", timetable())
    assert info is not None
    assert info.partition_key == "20261124T013000Z_nightly"


def test_nightly_runs_can_be_off() -> None:
    assert after("2026-11-22T01:30:00Z", "2026-11-23T12:00:00Z", timetable(nightly=None)) is None


def test_a_wrong_cron_expression_is_refused_when_the_dag_is_made() -> None:
    with pytest.raises(AirflowTimetableInvalid):
        timetable(nightly="99 2 * * *").validate()


# Backfill


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCatalog]:
    catalog = FakeCatalog()

    def read(connection: str, base: str, since: datetime, until: datetime) -> list[BaseVersion]:
        assert connection == "golden_images_catalog"
        return catalog.base_versions(base, since, until)

    monkeypatch.setattr(module, "read_ledger", read)
    return catalog


def at(day: int, hour: int = 0, second: int = 0, micro: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, 0, second, micro, tzinfo=UTC)


def infos(first: datetime, last: datetime) -> list[DagRunInfo]:
    return list(timetable().iter_partition_dagrun_infos(earliest=first, latest=last))


def test_backfill_makes_one_run_a_past_version_of_the_base(ledger: FakeCatalog) -> None:
    for digest, when in ((D1, at(1, 5)), (D2, at(2, 5, 7, 123)), (D3, at(9))):
        ledger.record_base_version(BaseVersion("debian-base", digest, when, source="release"))
    ledger.record_base_version(BaseVersion("another", D1, at(2), source="release"))
    found = infos(at(1), at(3))
    assert [info.partition_key for info in found] == [
        f"20261101T050000Z_{D1.replace(':', '-')}",
        f"20261102T050007Z_{D2.replace(':', '-')}",
    ]
    assert [info.partition_date for info in found] == [at(1, 5), at(2, 5, 7)]
    assert [info.run_after for info in found] == [at(1, 5), at(2, 5, 7)]


def test_versions_within_one_second_are_one_partition(ledger: FakeCatalog) -> None:
    for digest, micro in ((D1, 1), (D2, 2)):
        ledger.record_base_version(BaseVersion("debian-base", digest, at(1, 5, 0, micro), source="release"))
    assert len(infos(at(1), at(2))) == 1


def test_the_ledger_is_read_by_backfill_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("the ledger was read")

    monkeypatch.setattr(module, "read_ledger", fail)
    table = GoldenImageTimetable.deserialize(timetable().serialize())
    assert table.summary
    assert after("2026-11-22T01:30:00Z", "2026-11-23T12:00:00Z", timetable()) is not None
    assert table.resolve_partition_date("20261123T013000Z_nightly") is not None


def test_a_root_base_has_nothing_to_backfill_and_airflow_says_so() -> None:
    assert timetable().periodic
    assert not timetable(base="", asset=None).periodic


# Keys, names, serialization


def test_a_bad_key_of_a_manual_run_is_refused_with_our_text() -> None:
    with pytest.raises(InvalidPartitionKeyError, match="'tomorrow' is no partition key"):
        timetable().resolve_partition_date("tomorrow")


@pytest.mark.parametrize(
    ("changes", "summary"),
    [
        ({}, "02:30 Europe/Berlin · on change of golden/debian-base"),
        ({"asset": None}, "02:30 Europe/Berlin"),
        ({"nightly": None}, "on change of golden/debian-base"),
        ({"nightly": "0 2 * * 1", "asset": None}, "0 2 * * 1 Europe/Berlin"),
        ({"nightly": None, "asset": None}, "on demand"),
    ],
)
def test_the_summary_reads_like_a_sentence(changes: dict[str, object], summary: str) -> None:
    assert timetable(**changes).summary == summary


def test_airflow_stores_no_expression_that_would_hide_the_summary_and_still_wakes_by_the_asset() -> None:
    table = timetable()
    assert table.asset_condition.as_expression() is None
    assert table.asset_condition, "what is false has no schedule by assets"
    [(key, _)] = table.asset_condition.iter_assets()
    assert AssetEvaluator(session=None).run(table.asset_condition, {key: True})  # type: ignore[arg-type]
    assert not AssetEvaluator(session=None).run(table.asset_condition, {})  # type: ignore[arg-type]


@pytest.mark.parametrize("changes", [{}, {"asset": None, "base": ""}, {"nightly": None}])
def test_serialization_is_small_and_comes_back_the_same(changes: dict[str, object]) -> None:
    data = timetable(**changes).serialize()
    again = GoldenImageTimetable.deserialize(json.loads(json.dumps(data)))
    assert again.serialize() == data
    assert len(json.dumps(data)) < 500
    assert again.summary == timetable(**changes).summary
    assert again.periodic == timetable(**changes).periodic
    assert len(list(again.asset_condition.iter_assets())) == (0 if changes.get("asset", "x") is None else 1)


def test_run_ids_are_unique_even_for_one_moment() -> None:
    from airflow.utils.types import DagRunType

    run_after = pendulum.datetime(2026, 11, 23)
    made = {
        timetable().generate_run_id(run_type=DagRunType.BACKFILL_JOB, run_after=run_after, data_interval=None)
        for _ in range(50)
    }
    assert len(made) == 50
    assert all(one.startswith("backfill__2026-11-23T00:00:00Z_") for one in made)


@pytest.mark.parametrize(
    ("key", "about"),
    [("20261123T000000Z_nightly", "nightly"), ("20261123T000000Z_sha256-" + "ab" * 32, "abababababab")],
)
def test_a_run_id_says_what_the_run_is_about(key: str, about: str) -> None:
    from airflow.utils.types import DagRunType

    made = timetable().generate_run_id(
        run_type=DagRunType.SCHEDULED,
        run_after=pendulum.datetime(2026, 11, 23),
        data_interval=None,
        partition_key=key,
    )
    assert made.startswith(f"scheduled__2026-11-23T00:00:00Z_{about}_")
    assert re.fullmatch(r"[A-Za-z0-9_.~:+-]+", made), "Airflow's allowed_run_id_pattern"


def test_a_tick_is_in_the_future_of_the_last(ledger: FakeCatalog) -> None:
    last = "2026-11-23T01:30:00Z"
    info = after(last, "2026-11-23T01:30:01Z", timetable())
    assert info is not None
    assert info.run_after - pendulum.parse(last) == timedelta(days=1)


def test_timetables_are_equal_if_they_would_be_stored_alike() -> None:
    assert timetable() == timetable()
    assert hash(timetable()) == hash(timetable())
    assert timetable() != timetable(nightly="0 3 * * *")
    assert timetable() not in ([], {}, None)
