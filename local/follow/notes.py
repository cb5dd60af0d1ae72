"""The latest line of a task's log, straight from the file: a sign of life of a long stage."""

from __future__ import annotations

import json
from pathlib import Path

from local.console import tail
from local.follow.images import Image


def latest(logs: Path, image: Image) -> str:
    """What the image's running task said last; empty if none runs or none has spoken.

    ``logs`` is Airflow's folder of task logs, whose lines are JSON objects with an ``event``.
    """
    for task, state in image.tasks.items():
        if state == "running":
            folder = logs / f"dag_id={image.dag_id}" / f"run_id={image.run_id}" / f"task_id={task}"
            attempts = sorted(folder.glob("attempt=*.log"), key=lambda path: (len(path.name), path.name))
            if attempts:
                return _event(tail(attempts[-1], 1))
    return ""


def _event(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return line.strip()
    text = str(entry.get("event", "")) if isinstance(entry, dict) else line
    # Brackets of a foldable group say nothing by themselves.
    return "" if text.startswith("::") else text.strip()
