"""What every task pays before its own work begins: reading the DAG's file in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.dags.conftest import DAG_FILE

#: As a task's process does it; prints what was loaded.
START = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.definitions._internal.dag_parsing_context import _airflow_parsing_context_manager
with _airflow_parsing_context_manager(dag_id="golden_images.python-runtime", task_id="resolve"):
    bag = DagBag(sys.argv[1], safe_mode=False)
with open(sys.argv[2], "w") as file:
    json.dump({"dags": sorted(bag.dags), "modules": sorted(sys.modules)}, file)
"""
#: Clients of services and what only one stage needs.
HEAVY = {
    "boto3",
    "botocore",
    "docker",
    "alembic",
    "testinfra",
    "pytest",
    "fastapi.applications",
    "packageurl",
    "psycopg",
}


def test_task_start_loads_one_dag_and_no_client_of_a_service(tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    subprocess.run(
        [sys.executable, "-c", START, str(DAG_FILE), str(answer)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    found = json.loads(answer.read_text())
    assert found["dags"] == ["golden_images.python-runtime"]
    assert HEAVY & set(found["modules"]) == set()
    adapters = [name for name in found["modules"] if name.startswith("golden_images.adapters")]
    assert adapters == [], "to describe tasks needs no client of ours"
