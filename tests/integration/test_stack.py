"""The private stack with all of Airflow's components: it answers, works, and leaves nothing."""

from __future__ import annotations

import os
import signal
import stat
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from local.console import LocalError
from local.stack import airflow, registry
from local.stack.processes import Processes, start_time
from local.stack.stack import Stack
from local.stack.state import port_open
from tests.services.airflow_stack import private_stack, state_folder, wait_for_dags
from tests.services.stack_faults import eventually

pytestmark = [pytest.mark.airflow, pytest.mark.docker, pytest.mark.registry]

DAG = """
from airflow.sdk import DAG, Asset, task

made = Asset("made")

with DAG("parent", schedule=None):

    @task(outlets=[made])
    def make():
        print("a line of the task")
        return {"answer": 42}

    make()

with DAG("child", schedule=[made]):

    @task
    def wake():
        pass

    wake()
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for name in ("dags", "plugins"):
        (folder / name).mkdir()
    (folder / "dags/two.py").write_text(DAG)
    return folder


@pytest.fixture(scope="module")
def stack(project: Path, tmp_path_factory: pytest.TempPathFactory):
    with private_stack(project, state_folder("stack", tmp_path_factory)) as stack:
        wait_for_dags(stack, {"parent", "child"})
        yield stack


def test_a_run_works_and_its_asset_wakes_the_next(stack: Stack) -> None:
    run_id = stack.client.trigger("parent")

    assert stack.client.wait("parent", run_id)["state"] == "success"
    assert stack.client.task_states("parent", run_id) == {"make": "success"}
    assert "a line of the task" in stack.client.task_log("parent", run_id, "make")
    assert stack.client.xcom("parent", run_id, "make") == {"answer": 42}
    eventually(lambda: stack.client.runs("child"), "the asset wakes its child")
    assert stack.client.runs("child")[0]["run_type"] == "asset_triggered"


def test_the_build_pool_limits_the_engine(stack: Stack) -> None:
    stack.client.pool("golden_images_build", 2, "again is no error")


def test_starting_again_uses_what_runs(stack: Stack) -> None:
    processes = Processes(stack.state)
    names = (*airflow.COMPONENTS, "postgresql", "registry")
    before = {name: processes.find(name) for name in names}

    assert stack.start() is False
    assert {name: processes.find(name) for name in names} == before
    assert None not in before.values()


def test_a_stranger_needs_the_password(stack: Stack) -> None:
    from local.stack.rest import Airflow, NoAnswer

    with closing(Airflow(stack.url, airflow.USER, "wrong")) as stranger, pytest.raises(NoAnswer) as caught:
        stranger.dags()

    assert caught.value.status == 401


def test_secrets_are_in_no_log_and_no_command_line(stack: Stack) -> None:
    secrets = {name: value.encode() for name, value in stack.state.secrets().items()}
    commands = [_read(Path(f"/proc/{record.pid}/cmdline")) for record in Processes(stack.state).left()]
    logs = [path.read_bytes() for path in stack.state.logs.iterdir()]
    logs += [path.read_bytes() for path in (stack.state.airflow / "logs").rglob("*.log")]

    assert commands
    assert [
        name for name, value in secrets.items() if any(value in text for text in (*commands, *logs))
    ] == []
    assert stat.S_IMODE(stack.folder.stat().st_mode) == 0o700


def test_a_component_that_dies_is_started_again(stack: Stack) -> None:
    processes = Processes(stack.state)
    record = processes.find("triggerer")
    assert record is not None
    os.kill(record.pid, signal.SIGKILL)
    eventually(lambda: processes.find("triggerer") is None, "the triggerer ends")

    assert stack.start() is True
    assert processes.find("triggerer") is not None


def test_what_cannot_start_shows_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from local.console import Step

    stack = Stack(tmp_path / "state", tmp_path)
    stack.state.prepare()
    monkeypatch.setattr(registry, "_CONFIG", "version: 0.1\n# {folder} {port} {secret}\n")

    with pytest.raises(LocalError) as caught:
        registry.ensure(stack.state, Step("registry"))

    assert "registry did not start" in str(caught.value)
    assert "storage" in str(caught.value), "the registry's own complaint"


def test_the_end_leaves_no_process_and_no_open_port(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Only the lower half: that Airflow's components end is seen by every other stack of this run."""
    stack = Stack(state_folder("services", tmp_path_factory), project)
    stack.state.prepare()
    from local.console import Step
    from local.stack import database

    try:
        registry.ensure(stack.state, Step("registry"))
        database.ensure(stack.state, Step("database"))
        ports = [stack.state.port("registry"), stack.state.port("database")]
        assert all(port_open(port) for port in ports)
    finally:
        stopped = stack.stop()

    assert stopped == ["postgresql", "registry"]
    assert not any(port_open(port) for port in ports)
    stack.remove()
    assert not stack.folder.exists()


def test_workers_of_a_killed_scheduler_end_with_the_stack(stack: Stack) -> None:
    """The last of this stack's tests. The workers have written their title over their mark."""
    record = Processes(stack.state).find("scheduler")
    assert record is not None
    workers = [process.pid for process in psutil.Process(record.pid).children(recursive=True)]
    assert workers
    os.kill(record.pid, signal.SIGKILL)

    stack.stop()

    assert [pid for pid in workers if start_time(pid) is not None] == []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
