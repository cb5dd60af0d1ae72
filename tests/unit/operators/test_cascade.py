"""A backfill that asks for children: who is started, on what, how often, and what is not woken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowRuntimeError, DownstreamTasksSkipped, ErrorType
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import ErrorResponse, OKResponse, TriggerDagRun

from golden_images.core.partition import PartitionKey
from golden_images.operators.outcome import TaskStopped
from tests.fakes.world import World
from tests.unit.operators.conftest import CHILD_TASKS, ROOT_TASKS, Runner

Run = Callable[..., Runner]

#: Not woken by its base: a cascade asks for it all the same.
LEAF = """\
schema: 1
name: leaf
description: A leaf.
owner: team
base: {image: child}
schedule: {on_base_change: false}
"""


class Supervisor:
    """Airflow's side of a task: starts a run once, refuses it the second time."""

    def __init__(self) -> None:
        self.runs: dict[str, TriggerDagRun] = {}
        self.down = False

    def send(self, message: TriggerDagRun) -> Any:
        if self.down:
            raise AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail={"status": 503}))
        if message.run_id in self.runs:
            return ErrorResponse(error=ErrorType.DAGRUN_ALREADY_EXISTS)
        self.runs[message.run_id] = message
        return OKResponse(ok=True)


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> Supervisor:
    made = Supervisor()
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", made, raising=False)
    return made


@pytest.fixture
def past(run: Run, released: Runner, world: World) -> Callable[..., Runner]:
    """A backfill run of the child on the root's first release, which is no longer its newest."""
    world.context("leaf")
    (released.project / "include" / "images" / "leaf.yaml").write_text(LEAF)
    (first,) = world.catalog.base_versions("root")
    world.bootstrapper.state = "newer"
    assert run(image="root", run_id="r2", params={"force": True}).tasks(*ROOT_TASKS).ended is None
    assert run(run_id="today").tasks(*CHILD_TASKS).ended is None
    key = str(PartitionKey(first.at, first.digest))

    def make(**fields: Any) -> Runner:
        params = {"cascade": True, **fields.pop("params", {})}
        return run(
            **{"run_type": "backfill", "partition_key": key, "run_id": "back", **fields}, params=params
        )

    return make


def test_the_release_starts_each_child_on_its_digest_with_the_first_bases_date(
    past: Callable[..., Runner], supervisor: Supervisor, world: World
) -> None:
    runner = past()
    release = runner.tasks(*CHILD_TASKS[:-1])
    assert release.ended is None
    assert release.keys == [], "no event: whoever listens to the image is not woken"
    (started,) = supervisor.runs.values()
    key = PartitionKey.parse(runner.partition_key or "")
    assert started.dag_id == "golden_images.leaf"
    expected = PartitionKey(key.at, world.catalog.releases("child")[0].digest)
    assert str(expected.digest) == release.returned["digest"]
    assert started.conf == {"backfill": str(expected), "cascade": True}


def test_a_try_after_a_kill_starts_nothing_twice_and_the_next_backfill_does(
    past: Callable[..., Runner], supervisor: Supervisor
) -> None:
    runner = past()
    assert runner.tasks(*CHILD_TASKS[:-1]).ended is None
    assert runner.task("release").ended is None
    assert len(supervisor.runs) == 1
    # Its own release is found by the second backfill, whose resolve starts the children.
    again = past(run_id="again").task("resolve")
    assert isinstance(again.ended, DownstreamTasksSkipped)
    assert len(supervisor.runs) == 2
    assert len({str(run.conf) for run in supervisor.runs.values()}) == 1


def test_without_being_asked_it_starts_nobody(past: Callable[..., Runner], supervisor: Supervisor) -> None:
    assert past(params={"cascade": False}).tasks(*CHILD_TASKS[:-1]).ended is None
    assert isinstance(
        past(run_id="again", params={"cascade": False}).task("resolve").ended, DownstreamTasksSkipped
    )
    assert supervisor.runs == {}


def test_a_run_that_is_no_backfill_starts_nobody(run: Run, released: Runner, supervisor: Supervisor) -> None:
    assert run(params={"cascade": True}).tasks(*CHILD_TASKS).ended is None
    assert supervisor.runs == {}


def test_a_child_is_backfilled_as_its_start_says(
    past: Callable[..., Runner], run: Run, supervisor: Supervisor, world: World
) -> None:
    assert past().tasks(*CHILD_TASKS[:-1]).ended is None
    (started,) = supervisor.runs.values()
    child = run(
        image="leaf", run_id=started.run_id, run_type="operator_triggered", params=dict(started.conf or {})
    )
    assert child.tasks(*CHILD_TASKS).ended is None
    (release,) = world.catalog.releases("leaf")
    assert release.backfill
    assert release.base_digest == PartitionKey.parse(child.params["backfill"]).digest
    assert release.reason.why == "backfill"
    assert world.catalog.channels("leaf") == {}
    assert len(supervisor.runs) == 1, "nothing is built on the leaf"


def test_a_start_that_fails_is_retried(past: Callable[..., Runner], supervisor: Supervisor) -> None:
    runner = past()
    supervisor.down = True
    release = runner.tasks(*CHILD_TASKS[:-1])
    assert isinstance(release.ended, TaskStopped)
    assert release.ended.error.retryable
    assert "leaf" in str(release.ended)
    supervisor.down = False
    assert runner.task("release").ended is None
    assert len(supervisor.runs) == 1


def test_a_broken_child_does_not_stop_the_others(past: Callable[..., Runner], supervisor: Supervisor) -> None:
    runner = past()
    other = LEAF.replace("leaf", "other") + "nonsense: true\n"
    (runner.project / "include" / "images" / "other.yaml").write_text(other)
    release = runner.tasks(*CHILD_TASKS[:-1])
    assert release.ended is None
    assert [run.dag_id for run in supervisor.runs.values()] == ["golden_images.leaf"]
    assert "other is not backfilled: its definition is broken" in release.log.of("info")
