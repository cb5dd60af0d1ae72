"""The timetable of an invalid definition: one run for each change of what is wrong with it.

The run fails with the problems in its log, so that a change for the worse is seen where all failures
are seen, and is told once (``alerts``), however often the file is parsed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable

if TYPE_CHECKING:
    from airflow.utils.types import DagRunType


class InvalidTimetable(Timetable):
    """``since`` is when the file was changed; ``mark`` tells one set of problems from another."""

    partitioned = True
    can_be_scheduled = True
    periodic = False
    run_ordering = ("run_after",)
    description = "invalid: runs once, to tell so"

    def __init__(self, *, since: datetime, mark: str) -> None:
        self.since = since.astimezone(UTC).replace(microsecond=0)
        self.mark = mark

    @property
    def summary(self) -> str:
        return "invalid"

    @property
    def key(self) -> str:
        return f"{self.since:%Y%m%dT%H%M%SZ}_invalid-{self.mark}"

    def serialize(self) -> dict[str, Any]:
        return {"since": self.since.isoformat(), "mark": self.mark}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        return cls(since=datetime.fromisoformat(data["since"]), mark=data["mark"])

    def infer_manual_data_interval(self, *, run_after: pendulum.DateTime) -> DataInterval:
        return DataInterval.exact(run_after)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """Airflow asks the second version; the first has to be there."""
        del last_automated_data_interval, restriction
        return None

    def next_dagrun_info_v2(
        self, *, last_dagrun_info: DagRunInfo | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """None if the last run was about these problems; a file that is touched is no change."""
        del restriction
        last = last_dagrun_info.partition_key if last_dagrun_info else None
        if last and last.endswith(f"_invalid-{self.mark}"):
            return None
        # A file may be put back with its old time. Airflow takes the latest run for the last one: an
        # earlier one would never be seen, and be made again without end.
        at = pendulum.instance(self.since)
        if last_dagrun_info is not None:
            at = max(at, last_dagrun_info.run_after.add(seconds=1))
        return DagRunInfo(run_after=at, data_interval=None, partition_date=at, partition_key=self.key)

    def generate_run_id(
        self, *, run_type: DagRunType, run_after: Any, data_interval: DataInterval | None, **extra: Any
    ) -> str:
        from golden_images.scheduling.timetable import run_id

        del data_interval
        return run_id(run_type, run_after, extra.get("partition_key"))
