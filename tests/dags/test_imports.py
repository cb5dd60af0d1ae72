"""What reading DAG files loads of ours: every parse and every task's start pays for it."""

from __future__ import annotations

import subprocess
import sys

from tests.dags.conftest import DAG_FILE

START = """
import sys
from airflow.dag_processing.dagbag import DagBag
assert not DagBag(sys.argv[1], safe_mode=False).import_errors
print("loaded", *(name for name in sys.modules if name.startswith("golden_images.")))
"""
#: By room. What is new here was weighed: it costs every DAG file and every task a millisecond or so. What
#: only runs is imported where it runs, or lazily (golden_images.lazily).
LOADED = {
    "airflow_internals": "dags encoding runs tasks timetables",
    "core": (
        "base closed date_pattern debian definition digest draft explain fields graph hidden judging "
        "legible media names note organisation partition plain policy policy.floors policy.model "
        "policy.read policy.stricter problem reference role source texts words"
    ),
    "errors": "",
    "factory": "advisories base_watch beside broken doc encoding image markdown params share tasks",
    "job": "",
    "lazily": "",
    "operators": (
        "advisories base base_watch cascade definition links outcome release resolve stage stopped workspace"
    ),
    "pipeline": "",
    "planning": "asked",
    "project": "",
    "rows": "",
    "runs": "failure",
    "scheduling": "assets invalid mapper naming timetable watch",
    "stages": "options",
}


def test_a_dag_file_loads_what_describes_and_nothing_that_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", START, str(DAG_FILE)], check=True, capture_output=True, text=True, timeout=120
    )
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("loaded ")]
    found: dict[str, set[str]] = {}
    for name in line.split()[1:]:
        room, _, module = name.removeprefix("golden_images.").partition(".")
        found.setdefault(room, set()).update({module} - {""})
    assert found == {room: set(modules.split()) for room, modules in LOADED.items()}
