"""One timetable: nightly, on change of the base, and backfill over the base's past versions.

Why one custom partitioned timetable: ``adr/0007-timetable.md``. Only what is serialized here and this
code are at hand in the scheduler and the API server; no definition, no project folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from airflow.timetables.trigger import CronTriggerTimetable

from golden_images.airflow_internals.timetables import WokenByOne, decode_asset, encode_asset
from golden_images.core.partition import PartitionKey, partitions
from golden_images.scheduling.mapper import BaseVersionMapper

if TYPE_CHECKING:
    from airflow.partition_mappers.base import PartitionMapper
    from airflow.utils.types import DagRunType

    from golden_images.core.release import BaseVersion


def read_ledger(connection: str, base: str, since: datetime, until: datetime) -> Iterable[BaseVersion]:
    """Base versions of ``base`` between two moments, bounds included, from the catalog.

    Raises CatalogError. Only a backfill calls it, in the API server or the command line.
    """
    from golden_images.wiring import catalog

    return catalog(connection).base_versions(base, since, until)


#: Nobody tells a first night that has just been missed (a DAG file was parsed at that very moment, the
#: scheduler restarted, a build was under way) from one that passed before the image was known.
_FIRST_NIGHT = timedelta(minutes=10)


@cache
def _ticks(nightly: str, timezone: str) -> CronTriggerTimetable:
    """Nearly all images share one: reading an expression and describing it costs a millisecond."""
    return CronTriggerTimetable(nightly, timezone=timezone, run_immediately=_FIRST_NIGHT)


@cache
def _validate(nightly: str, timezone: str) -> None:
    _ticks(nightly, timezone).validate()


class GoldenImageTimetable(WokenByOne):
    """``base`` is the ledger's name of the base; empty for a root base, which has no past versions.

    ``asset`` wakes the image (None: nothing does); ``nightly`` is a cron expression in ``timezone``.
    """

    partitioned = True
    can_be_scheduled = True
    run_ordering = ("run_after",)

    def __init__(
        self, *, base: str, catalog: str, asset: Any = None, nightly: str | None = None, timezone: str = "UTC"
    ) -> None:
        super().__init__(asset)
        #: What makes Airflow accept a backfill; without past versions it refuses in its own words.
        self.periodic = bool(base)
        self._base = base
        self._catalog = catalog
        self._asset = asset
        self._nightly = nightly
        self._timezone = timezone
        self._cron = _ticks(nightly, timezone) if nightly else None
        self._mapper = BaseVersionMapper()
        self.description = self._describe()

    def __eq__(self, other: object) -> bool:
        """Airflow compares it with an empty list and the like for each DAG that it serialises; its own
        way is slow at that, and calls any two timetables of one class equal."""
        if not isinstance(other, GoldenImageTimetable):
            return NotImplemented
        return self.serialize() == other.serialize()

    __hash__ = WokenByOne.__hash__

    # What the UI shows ----------------------------------------------------------------------------

    @property
    def summary(self) -> str:
        """``02:00 Europe/Berlin · on change of golden/debian-base``."""
        parts = []
        if self._nightly:
            parts.append(f"{_clock(self._nightly)} {self._timezone}")
        if self._asset is not None:
            parts.append(f"on change of {self._asset_name}")
        return " · ".join(parts) or "on demand"

    @property
    def _asset_name(self) -> str:
        return str(self._asset.name) if self._asset is not None else ""

    def _describe(self) -> str:
        parts = []
        if self._cron:
            parts.append(f"{self._cron.description or self._nightly} ({self._timezone})")
        if self._asset is not None:
            parts.append(f"when {self._asset_name} has a new version")
        return ", and ".join(parts) or "only when triggered"

    # Serialization: nothing that a release changes ------------------------------------------------

    def serialize(self) -> dict[str, Any]:
        return {
            "base": self._base,
            "catalog": self._catalog,
            "asset": encode_asset(self._asset) if self._asset is not None else None,
            "nightly": self._nightly,
            "timezone": self._timezone,
        }

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        asset = data["asset"]
        return cls(
            base=data["base"],
            catalog=data["catalog"],
            asset=decode_asset(asset) if asset else None,
            nightly=data["nightly"],
            timezone=data["timezone"],
        )

    def validate(self) -> None:
        if self._nightly:
            _validate(self._nightly, self._timezone)

    # Base events ----------------------------------------------------------------------------------

    def get_partition_mapper(self, *, name: str = "", uri: str = "") -> PartitionMapper:
        del name, uri  # one asset, one mapper
        return self._mapper

    def date_of(self, partition_key: str) -> datetime:
        return PartitionKey.parse(partition_key).at

    # Nightly --------------------------------------------------------------------------------------

    def next_dagrun_info_v2(
        self, *, last_dagrun_info: DagRunInfo | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The next tick; the newest one missed while the scheduler was down, never all of them."""
        if not self._cron:
            return None
        last = None
        if last_dagrun_info:
            last = DataInterval.exact(last_dagrun_info.partition_date or last_dagrun_info.run_after)
        info = self._cron.next_dagrun_info(
            last_automated_data_interval=last, restriction=restriction._replace(catchup=False)
        )
        if info is None:
            return None
        return _partition(PartitionKey(info.run_after))

    # Backfill -------------------------------------------------------------------------------------

    def iter_partition_dagrun_infos(self, *, earliest: datetime, latest: datetime) -> Iterator[DagRunInfo]:
        """One run a past base version in the window, oldest first. Only a backfill asks.

        Raises CatalogError.
        """
        for key, _ in partitions(read_ledger(self._catalog, self._base, earliest, latest)):
            yield _partition(key)

    def generate_run_id(
        self, *, run_type: DagRunType, run_after: Any, data_interval: DataInterval | None, **extra: Any
    ) -> str:
        del data_interval
        return run_id(run_type, run_after, extra.get("partition_key"))


def run_id(run_type: DagRunType, run_after: datetime, partition_key: str | None = None) -> str:
    """``backfill__2026-11-24T05:00:00Z_12e45a7b9c01_1f2e3d4c``: type, time, what it is about, a token.

    Unique: the same id for a version's second backfill would refuse it and block the next ones.
    """
    about = (partition_key or "").partition("_")[2]
    about = about.removeprefix("sha256-")[:12] if about.startswith("sha256-") else about
    parts = [f"{run_after.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", about, token_hex(4)]
    return run_type.generate_run_id(suffix="_".join(part for part in parts if part))


def _partition(key: PartitionKey) -> DagRunInfo:
    at = pendulum.instance(key.at.astimezone(UTC))
    return DagRunInfo(run_after=at, data_interval=None, partition_date=at, partition_key=str(key))


def _clock(cron: str) -> str:
    """``02:00`` for a daily expression, else the expression."""
    fields = cron.split()
    daily = len(fields) == 5 and fields[2:] == ["*", "*", "*"]
    if daily and fields[0].isdigit() and fields[1].isdigit():
        return f"{int(fields[1]):02}:{int(fields[0]):02}"
    return cron
