"""Airflow's own tables, read and written as a listener in the scheduler has to: with plain statements,
in the transaction that ends a run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun
    from sqlalchemy import Connection


def results(
    connection: Connection, dag_run: DagRun, tasks: Collection[str], key: str = "return_value"
) -> dict[str, Any]:
    """By task, what those of ``tasks`` returned, or left under ``key``, that did."""
    from airflow.models.xcom import XComModel

    kept = XComModel.__table__.c
    return {
        row.task_id: XComModel.deserialize_value(row)
        for row in connection.execute(
            select(kept.task_id, kept.value).where(
                kept.dag_id == dag_run.dag_id,
                kept.run_id == dag_run.run_id,
                kept.key == key,
                kept.task_id.in_(tasks),
            )
        )
    }


def failed_tasks(connection: Connection, dag_run: DagRun) -> Sequence[str]:
    """In the order in which they ended."""
    from airflow.models.taskinstance import TaskInstance

    tasks = TaskInstance.__table__.c
    return connection.scalars(
        select(tasks.task_id)
        .where(tasks.dag_id == dag_run.dag_id, tasks.run_id == dag_run.run_id, tasks.state == "failed")
        .order_by(tasks.end_date)
    ).all()


def note(connection: Connection, dag_run: DagRun) -> str | None:
    """The note on the run's page; None where there is none."""
    notes = _notes()
    return connection.scalars(select(notes.c.content).where(notes.c.dag_run_id == dag_run.id)).one_or_none()


def write_note(connection: Connection, dag_run: DagRun, text: str, *, instead: bool) -> None:
    """At most 1,000 characters; ``instead`` of the note that stands."""
    notes = _notes()
    if instead:
        connection.execute(notes.update().where(notes.c.dag_run_id == dag_run.id).values(content=text))
    else:
        connection.execute(notes.insert().values(dag_run_id=dag_run.id, content=text))


def _notes() -> Any:
    from airflow.models.dagrun import DagRunNote

    return DagRunNote.__table__
