"""What Airflow writes into the log of every task, before the task."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.stack.airflow import settings
from local.stack.state import State

ROOT = Path(__file__).parents[2]
#: As every component does it, and as every task's process does it.
COMPONENT = "from airflow.plugins_manager import get_timetables_plugins as load; print(sorted(load()))"
TASK = "import airflow.sdk.plugins_manager as m; print([one.timetables for one in m._get_plugins()[0]])"


@pytest.mark.parametrize("load", [COMPONENT, TASK], ids=["component", "task"])
def test_the_plugin_is_loaded_without_a_warning(tmp_path: Path, load: str) -> None:
    values = settings(State(tmp_path), ROOT, registry="127.0.0.1:5000", engine="unix:///var/run/docker.sock")
    core = {name: value for name, value in values.items() if name.startswith(("AIRFLOW__CORE__", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, "-c", load],
        env={**os.environ, **core, "AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "GoldenImageTimetable" in done.stdout, done.stderr
    assert "warning" not in (done.stdout + done.stderr).lower()
