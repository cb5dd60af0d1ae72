"""The base watch, whatever is killed meanwhile: a push wakes its image once."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from local.stack import airflow
from local.stack.processes import Processes
from tests.integration.watched import WATCH, Watched, watched_project
from tests.services.airflow_stack import state_folder
from tests.services.faults import Silence
from tests.services.stack_faults import (
    AIRFLOW,
    CATALOG,
    eventually,
    kill,
    kill_task,
    locked,
    process_of,
    restart,
    rows,
)

pytestmark = [pytest.mark.airflow, pytest.mark.docker, pytest.mark.registry]

EVENTS, WAKES = "asset_event", "golden_images_wakes"
#: Images on a base of their own, by what happens to it; True: its registry is behind the proxy.
BASES = {"looks": True, "settles": False, "wakes": False, "records": False, "starts": False, "fires": False}
BASES |= {"pair": True}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    state = state_folder("watch-faults", tmp_path_factory)
    with watched_project(tmp_path_factory.mktemp("watched"), state, BASES) as watched:
        yield watched
        watched.sound()


def test_triggerer_killed_in_the_middle_of_a_poll(watched: Watched) -> None:
    hang = Silence(method="HEAD", path="team/looks")
    watched.proxy.faults = [hang]
    before = len(watched.proxy.requests("HEAD", "team/looks"))
    pushed = watched.push("team/looks", "pushed before")
    eventually(lambda: len(watched.proxy.requests("HEAD", "team/looks")) > before, "a look hangs")
    kill(watched.stack, "triggerer")
    watched.proxy.faults = []
    restart(watched.stack)
    watched.woken(pushed, "looks")


def test_triggerer_killed_between_record_and_wake(watched: Watched) -> None:
    base = watched.base("team/settles")
    with locked(watched.stack, AIRFLOW, EVENTS) as lock:
        pushed = watched.push("team/settles", "settles")
        eventually(lambda: watched.settled(base, pushed), "the version stands in the ledger")
        eventually(lock.waiting, "the event is on its way")
        kill(watched.stack, "triggerer")
    assert watched.digests("settles") == watched.expected["settles"]
    restart(watched.stack)
    watched.woken(pushed, "settles")


def test_wake_killed_before_its_success_is_known(watched: Watched) -> None:
    before = {*watched.announcements()}
    pushed = watched.push("team/wakes", "wakes")
    run = watched.announced(before)
    with locked(watched.stack, CATALOG, WAKES, readable=False) as lock:
        kill_task(watched.stack, WATCH, run, "wake", lock.waiting)
    watched.woken(pushed, "wakes")


def test_wake_killed_after_it_started_a_run(watched: Watched) -> None:
    """Another image on a base that others were woken for has a run of its own, no event."""
    before = {*watched.announcements()}
    with locked(watched.stack, CATALOG, WAKES) as lock:
        watched.define("late", watched.base("team/starts"))
        run = watched.announced(before)
        kill_task(watched.stack, WATCH, run, "wake", lock.waiting)
        assert len(watched.digests("late")) == 1
    watched.woken(watched.expected["starts"][-1], "late")
    eventually(lambda: watched.stack.client.run(WATCH, run)["state"] == "success", "wake is tried again")


def test_record_killed_before_it_wrote(watched: Watched) -> None:
    before = {*watched.announcements()}
    with locked(watched.stack, CATALOG, WAKES) as lock:
        pushed = watched.push("team/records", "records")
        run = watched.announced(before)
        kill_task(watched.stack, WATCH, run, "record", lock.waiting)
    watched.woken(pushed, "records")
    eventually(lambda: watched.stack.client.run(WATCH, run)["state"] == "success", "record is tried again")


def test_scheduler_killed_between_event_and_run(watched: Watched) -> None:
    stack, before = watched.stack, {*watched.announcements()}
    pushed = watched.push("team/fires", "fires")
    run = watched.announced(before)
    with locked(stack, AIRFLOW, EVENTS) as lock:

        def reports() -> bool:
            return stack.client.task_states(WATCH, run)["wake"] == "running" and bool(lock.waiting())

        eventually(reports, "wake reports its success")
        process_of(stack, "scheduler").suspend()
    about = f"SELECT count(*) FROM {EVENTS} WHERE partition_key LIKE '%{pushed.replace(':', '-')}'"
    eventually(lambda: rows(stack, AIRFLOW, about) == [(1,)], "the event is there")
    assert watched.digests("fires") == watched.expected["fires"]
    kill(stack, "scheduler")
    restart(stack)
    watched.woken(pushed, "fires")


def test_two_triggerers(watched: Watched) -> None:
    stack, first = watched.stack, watched.owner()
    command = [sys.executable, "-m", "airflow", *airflow.COMPONENTS["triggerer"]]
    environment = airflow.process_environment(stack.state, stack.project)
    Processes(stack.state).start(
        "second", command, environment=environment, cwd=stack.state.folder, marked=True
    )
    alive = "SELECT count(*) FROM job WHERE job_type = 'TriggererJob' AND now() - latest_heartbeat < '5 s'"
    eventually(lambda: rows(stack, AIRFLOW, alive) == [(2,)], "both report")
    watched.woken(watched.push("team/pair", "one of them looks"), "pair")

    # It seems dead to the other one, while its own loop goes on.
    process_of(stack, "triggerer").suspend()
    eventually(lambda: watched.owner() not in (first, None), "the other takes over")
    watched.woken(watched.push("team/pair", "both look"), "pair")
    process_of(stack, "triggerer").resume()

    kill(stack, "second")
    eventually(lambda: watched.owner() == first, "the first takes over again")
    watched.woken(watched.push("team/pair", "the first one looks"), "pair")
