"""Runs: of which type one is, and what a task asks of its supervisor: a run of another DAG, and whether
one would start."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from golden_images.errors import ServiceError

#: Types of runs, as a run says them: by an asset's event, by Airflow's backfill, by a person.
ASSET_TRIGGERED = "asset_triggered"
BACKFILL = "backfill"
#: Runs of other types carry the name of whoever started what started them.
MANUAL = "manual"


def start_run(dag_id: str, run_id: str, key: str | None, conf: Mapping[str, Any]) -> None:
    """Starts a run from within a task; that it exists already is what an earlier try achieved.

    What the run is about has to stand in ``conf`` too: Airflow 3.3.2 loses the partition key of a run
    that a task starts. Raises ServiceError if Airflow did not start it.
    """
    from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.execution_time.comms import ErrorResponse, TriggerDagRun

    try:
        answer: Any = task_runner.SUPERVISOR_COMMS.send(
            TriggerDagRun(dag_id=dag_id, run_id=run_id, partition_key=key, conf=dict(conf))
        )
    except AirflowRuntimeError as error:
        raise _not_started(dag_id, str(error)) from None
    if isinstance(answer, ErrorResponse) and answer.error != ErrorType.DAGRUN_ALREADY_EXISTS:
        raise _not_started(dag_id, str(answer.detail or answer.error))


def _not_started(dag_id: str, why: str) -> ServiceError:
    return ServiceError(
        f"{dag_id} could not be started",
        cause=why,
        remedy="clear this task when Airflow answers; what was started is not started again",
    )


def is_paused(ti: Any, dag_id: str) -> bool:
    """``ti`` is the running task's. Also true for a DAG that Airflow does not know yet: nothing would
    reach it."""
    from airflow.sdk.exceptions import AirflowRuntimeError

    try:
        return bool(ti.get_dag(dag_id).is_paused)
    except AirflowRuntimeError as error:
        if (error.error.detail or {}).get("status_code") == HTTPStatus.NOT_FOUND:
            return True
        raise


def in_task() -> bool:
    """Whether this process asks a supervisor: a task's or the triggerer's."""
    # Airflow imports the module in other processes too; only there it has somebody to talk to.
    runner = sys.modules.get("airflow.sdk.execution_time.task_runner")
    return getattr(runner, "SUPERVISOR_COMMS", None) is not None
