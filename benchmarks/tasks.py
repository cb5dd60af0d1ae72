"""Where a run's time went: by task, from the moment it could start to its end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from local.stack.rest import Airflow

#: By task, those that come right before it; what is not here waits for resolve.
_NEEDS = {"sbom": ("build",), "scan": ("sbom",), "test": ("build",), "gate": ("lint", "scan", "test")}
_NEEDS |= {"release": ("gate",), "promote": ("release",), "resolve": ()}


def shares(client: Airflow, dag_id: str) -> list[dict[str, Any]]:
    """A row a task, seconds after the trigger of the DAG's oldest run: ``ready`` (all it needs has
    ended), ``queued`` and ``started`` as Airflow notes them, ``in operator`` (our code begins; before
    it, a process has started, loaded plugins and the DAG's file) and ``ended``."""
    run = client.runs(dag_id)[-1]
    began = _at(run["queued_at"])
    tasks = {task["task_id"]: task for task in client.tasks(dag_id, run["dag_run_id"])}
    rows = []
    for name, task in tasks.items():
        needs = _NEEDS.get(name, ("resolve",))
        ready = max([_at(tasks[need]["end_date"]) for need in needs if need in tasks], default=began)
        moments = {
            "ready": ready - began,
            "queued": _at(task["queued_when"]) - began,
            "started": _at(task["start_date"]) - began,
            "in operator": _first_line(client, dag_id, run["dag_run_id"], name, began),
            "ended": _at(task["end_date"]) - began,
        }
        rows.append({"task": name, **moments})
    return sorted(rows, key=lambda row: (row["ready"], row["started"]))


def _first_line(client: Airflow, dag_id: str, run_id: str, task: str, began: float) -> float | None:
    path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task}/logs/1"
    answer = client._send("GET", path, headers={"Accept": "application/json"})
    for entry in answer.get("content", []):
        if isinstance(entry, dict) and "golden_images" in str(entry.get("logger", "")):
            return _at(entry["timestamp"]) - began
    return None


def _at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
