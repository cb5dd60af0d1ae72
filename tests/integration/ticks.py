"""The nightly tick, now: the scheduler's own, at the moment that a test asks for it.

A DAG's row in Airflow's database says which run comes next and when it may be made
(``airflow/models/dag.py``, ``dags_needing_dagruns``). Only that time is moved; which night it is was
computed by the timetable in the dag-processor or the scheduler, and the scheduler makes the run. Night
after night runs ahead of the clock: after each, Airflow waits for the one after it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text

from golden_images.core.partition import PartitionKey
from local.stack import database
from local.stack.stack import Stack

_SECONDS = 300.0
_RUNS = text("SELECT run_id FROM dag_run WHERE dag_id = :dag AND run_type = 'scheduled'")
_NEXT = text(
    "SELECT next_dagrun_create_after AS at, next_dagrun_partition_key AS key FROM dag"
    " WHERE dag_id = :dag FOR UPDATE"
)
_DUE = text("UPDATE dag SET next_dagrun_create_after = now() WHERE dag_id = :dag")
_FORGET = text(
    "UPDATE dag SET next_dagrun_create_after = NULL, next_dagrun_partition_key = NULL,"
    " next_dagrun_partition_date = NULL WHERE dag_id = :dag"
)
_NIGHT = text(
    "UPDATE dag SET next_dagrun_partition_key = :key, next_dagrun_partition_date = :at WHERE dag_id = :dag"
)


@dataclass(frozen=True, slots=True)
class Next:
    """What Airflow waits for: the run of ``key``, from ``at`` (UTC) on. Both are None without a schedule."""

    at: datetime | None
    key: str | None


def tick(stack: Stack, *dags: str, night: datetime | None = None) -> list[dict[str, Any]]:
    """The next nightly tick of every DAG of ``dags`` is due; their runs, once the scheduler made them.

    ``night`` makes it the tick of another time than the one that Airflow waits for.
    """
    with _connected(stack) as connection:
        with connection.begin():
            before = {dag: _run_ids(connection, dag) for dag in dags}
        end = time.monotonic() + _SECONDS
        while waiting := [dag for dag in dags if not _made(connection, dag, before[dag], night)]:
            if time.monotonic() > end:
                pytest.fail(f"after {_SECONDS:.0f} s the scheduler has made no run of {', '.join(waiting)}")
            time.sleep(0.3)
        with connection.begin():
            made = {dag: _run_ids(connection, dag) - before[dag] for dag in dags}
    assert all(len(ids) == 1 for ids in made.values()), f"more than one run a tick: {made}"
    return [stack.client.run(dag, run_id) for dag, ids in made.items() for run_id in ids]


def waits_for(stack: Stack, dag: str) -> Next:
    with _connected(stack) as connection, connection.begin():
        return _next(connection, dag)


def forget_next(stack: Stack, dag: str) -> Next:
    """What the dag-processor says comes next, from the runs that there are and the clock alone."""
    with _connected(stack) as connection:
        with connection.begin():
            connection.execute(_FORGET, {"dag": dag})
        token = stack.client.dags()[dag]["file_token"]
        stack.client._send("PUT", f"/api/v2/parseDagFile/{token}", accept=(409,))
        end = time.monotonic() + _SECONDS
        while True:
            with connection.begin():
                waits = _next(connection, dag)
            if waits.key:
                return waits
            assert time.monotonic() < end, f"{dag} was not parsed within {_SECONDS:.0f} s"
            time.sleep(0.3)


def nights_of(stack: Stack, dag: str) -> list[str]:
    """Partition keys of all runs that a tick made, in the order of their making."""
    runs = stack.client.runs(dag)[::-1]
    return [str(run["partition_key"]) for run in runs if run["run_type"] == "scheduled"]


def _made(connection: Connection, dag: str, before: set[str], night: datetime | None) -> bool:
    """Whether the scheduler has made the run; if it has not, the tick is made due.

    With the DAG's row locked, for the scheduler makes its runs under that lock. Asked again until there
    is a run: the dag-processor writes the row anew with every parse.
    """
    with connection.begin():
        waits = _next(connection, dag)
        if _run_ids(connection, dag) - before:
            return True
        assert waits.key, f"{dag} has no nightly tick"
        if night is not None:
            connection.execute(_NIGHT, {"dag": dag, "key": str(PartitionKey(night)), "at": night})
        if waits.at is None or waits.at > datetime.now(UTC):
            connection.execute(_DUE, {"dag": dag})
        return False


def _next(connection: Connection, dag: str) -> Next:
    row = connection.execute(_NEXT, {"dag": dag}).one()
    return Next(row.at.astimezone(UTC) if row.at else None, row.key)


def _run_ids(connection: Connection, dag: str) -> set[str]:
    return set(connection.execute(_RUNS, {"dag": dag}).scalars())


@contextmanager
def _connected(stack: Stack) -> Iterator[Connection]:
    engine = create_engine(database.url(stack.state, "airflow"))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
