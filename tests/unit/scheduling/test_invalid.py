"""An invalid definition's runs: one for each change of what is wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pendulum
from airflow.timetables.base import DagRunInfo, TimeRestriction

from golden_images.scheduling.invalid import InvalidTimetable

SINCE = datetime(2026, 11, 24, 5, 0, 0, 999, tzinfo=UTC)
ANY = TimeRestriction(earliest=None, latest=None, catchup=False)


def asked(timetable: Any, last: DagRunInfo | None = None) -> DagRunInfo | None:
    found: DagRunInfo | None = timetable.next_dagrun_info_v2(last_dagrun_info=last, restriction=ANY)
    return found


def test_it_runs_once_when_the_file_has_changed() -> None:
    timetable = InvalidTimetable(since=SINCE, mark="abc")
    info = asked(timetable)
    assert info is not None
    assert info.run_after == SINCE.replace(microsecond=0)
    assert info.partition_key == "20261124T050000Z_invalid-abc"
    assert asked(timetable, info) is None


def test_a_file_that_is_touched_is_no_change_and_other_problems_are() -> None:
    info = asked(InvalidTimetable(since=SINCE, mark="abc"))
    later = SINCE + timedelta(hours=1)
    assert asked(InvalidTimetable(since=later, mark="abc"), info) is None
    again = asked(InvalidTimetable(since=later, mark="def"), info)
    assert again is not None
    assert again.run_after == later.replace(microsecond=0)


def test_a_run_is_always_later_than_the_last_one_so_that_airflow_sees_it() -> None:
    night = pendulum.instance(SINCE.replace(microsecond=0) + timedelta(days=1))
    last = DagRunInfo(run_after=night, data_interval=None, partition_date=night, partition_key="x_nightly")
    timetable = InvalidTimetable(since=SINCE, mark="abc")
    info = asked(timetable, last)
    assert info is not None
    assert info.run_after > night
    assert asked(timetable, info) is None


def test_it_comes_back_from_its_serialized_form() -> None:
    timetable = InvalidTimetable(since=SINCE, mark="abc")
    back = InvalidTimetable.deserialize(timetable.serialize())
    assert asked(back) == asked(timetable)
