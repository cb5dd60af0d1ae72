"""Two triggerers: one of them looks, and the other one takes over."""

from __future__ import annotations

import sys

import pytest

from local.stack import airflow
from local.stack.processes import Processes
from tests.integration.base_watch.watched import Watched
from tests.services.stack_faults import AIRFLOW, eventually, kill, process_of, rows

pytestmark = [pytest.mark.airflow, pytest.mark.docker, pytest.mark.registry]


def test_two_triggerers(watched: Watched) -> None:
    stack = watched.stack
    eventually(watched.owner, "a triggerer has the watch")
    first = watched.owner()
    command = [sys.executable, "-m", "airflow", *airflow.COMPONENTS["triggerer"]]
    environment = airflow.process_environment(stack.state, stack.project)
    Processes(stack.state).start(
        "second", command, environment=environment, cwd=stack.state.folder, marked=True
    )
    alive = "SELECT count(*) FROM job WHERE job_type = 'TriggererJob' AND now() - latest_heartbeat < '5 s'"
    eventually(lambda: rows(stack, AIRFLOW, alive) == [(2,)], "both report")
    watched.woken(pair=watched.push("pair", "one of them looks"))

    # It seems dead to the other one, while its own loop goes on.
    process_of(stack, "triggerer").suspend()
    eventually(lambda: watched.owner() not in (first, None), "the other takes over")
    watched.woken(pair=watched.push("pair", "both look"))
    process_of(stack, "triggerer").resume()

    kill(stack, "second")
    eventually(lambda: watched.owner() == first, "the first takes over again")
    watched.woken(pair=watched.push("pair", "the first one looks"))
