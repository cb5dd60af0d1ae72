"""Backfills as Airflow makes them, in this process. Needs Airflow's settings in the environment and its
metadata database, as every command of Airflow's does (``adr/0010-backfill.md``).
"""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from golden_images.airflow_internals import backfills
from golden_images.airflow_internals.backfills import REPROCESS

__all__ = ["REPROCESS", "AirflowBackfills", "Backfills", "Window"]


@dataclass(frozen=True, slots=True)
class Window:
    """What a backfill asks for; both bounds belong to it."""

    dag_id: str
    since: datetime
    until: datetime
    reprocess: str = "none"
    backwards: bool = False
    #: At one time, of this backfill; the DAG's own limit does not count them.
    max_active_runs: int = 10
    conf: Mapping[str, Any] = field(default_factory=dict)


class Backfills(Protocol):
    """Both raise InputError for what Airflow refuses, ServiceError if its database does not answer."""

    def keys(self, window: Window) -> list[str]:
        """Partition keys of the runs that a backfill would make now, in its order."""

    def create(self, window: Window) -> int:
        """Makes the backfill with its runs; its id."""


class AirflowBackfills:
    def keys(self, window: Window) -> list[str]:
        return backfills.keys(
            window.dag_id,
            window.since,
            window.until,
            reprocess=window.reprocess,
            backwards=window.backwards,
            conf=window.conf,
        )

    def create(self, window: Window) -> int:
        return backfills.create(
            window.dag_id,
            window.since,
            window.until,
            reprocess=window.reprocess,
            backwards=window.backwards,
            conf=window.conf,
            max_active_runs=window.max_active_runs,
            user=_user(),
        )


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None
