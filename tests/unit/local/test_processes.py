from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from local.stack.processes import Processes, Record, boot_id, marked, members, start_time
from local.stack.state import State

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
#: Says when it is deaf, so that no signal comes too early.
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('deaf', flush=True); time.sleep(600)",
]


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path / "state")
    state.prepare()
    return state


@pytest.fixture
def processes(state: State):
    processes = Processes(state)
    yield processes
    processes.stop("one", "two", grace=0)
    processes.sweep(grace=1)


def start(
    processes: Processes, name: str, command: list[str], tmp_path: Path, *, marked: bool = False
) -> Record:
    return processes.start(name, command, environment=os.environ, cwd=tmp_path, marked=marked)


def test_a_started_process_is_found_by_another_program_and_stopped(processes, state, tmp_path) -> None:
    record = start(processes, "one", SLEEP, tmp_path)

    assert Processes(state).find("one") == record
    assert Processes(state).stop("one") == ["one"]
    assert not record.alive
    assert processes.find("one") is None


def test_one_that_ignores_the_polite_signal_is_ended_hard(processes, state, tmp_path) -> None:
    record = start(processes, "one", DEAF, tmp_path)
    while "deaf" not in state.log("one").read_text():
        time.sleep(0.01)

    assert processes.stop("one", grace=0.2) == ["one"]
    assert not record.alive


def test_a_stranger_with_the_same_pid_is_not_touched(processes, state, tmp_path) -> None:
    record = start(processes, "one", SLEEP, tmp_path)
    state.write(
        "run/two.json", {"name": "two", "pid": record.pid, "started": record.started - 1, "boot": boot_id()}
    )

    assert processes.find("two") is None
    assert processes.stop("two") == []
    assert record.alive


def test_a_process_of_before_the_reboot_is_gone(processes, state, tmp_path) -> None:
    record = start(processes, "one", SLEEP, tmp_path)
    state.write(
        "run/two.json", {"name": "two", "pid": record.pid, "started": record.started, "boot": "another"}
    )

    assert processes.find("two") is None
    assert record.alive


def test_an_unreadable_record_is_a_process_that_is_gone(processes, state) -> None:
    (state.folder / "run/one.json").write_text('{"name": "one"')

    assert processes.find("one") is None


def test_a_zombie_does_not_live() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    while Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
        time.sleep(0.01)

    assert start_time(child) is None
    os.waitpid(child, 0)


def test_a_process_lives_until_its_last_thread_has_ended(processes, state, tmp_path) -> None:
    code = (
        "import ctypes, threading, time\n"
        "threading.Thread(target=time.sleep, args=(600,)).start()\n"
        "ctypes.CDLL(None).pthread_exit(None)"
    )
    record = start(processes, "one", [sys.executable, "-c", code], tmp_path)
    while Path(f"/proc/{record.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
        time.sleep(0.01)

    assert record.alive
    assert processes.stop("one", grace=5) == ["one"]
    assert not record.alive


def test_the_sweep_ends_orphans_of_this_stack_and_no_other(processes, tmp_path) -> None:
    orphan = (
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
    )
    other_state = State(tmp_path / "other")
    other_state.prepare()
    other = Processes(other_state)
    stranger = start(other, "one", SLEEP, tmp_path, marked=True)
    parent = start(processes, "one", [sys.executable, "-c", orphan], tmp_path, marked=True)
    os.waitpid(parent.pid, 0)
    left = [record for record in marked(processes.mark()) if record.pid != parent.pid]
    assert len(left) == 1

    try:
        assert processes.sweep(grace=5) == 0
        assert not left[0].alive
        assert stranger.alive
    finally:
        other.stop("one", grace=0, how=signal.SIGKILL)


def test_the_sweep_ends_orphans_that_wrote_over_their_environment(processes, tmp_path) -> None:
    orphan = (
        "import subprocess, sys; "
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], env={{}}, cwd={!r})"
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    parents = [
        start(processes, name, [sys.executable, "-c", orphan.format(str(cwd))], tmp_path, marked=True)
        for name, cwd in (("one", tmp_path), ("two", elsewhere))
    ]
    for parent in parents:
        os.waitpid(parent.pid, 0)
    left = [record for record in processes.left() if record.pid not in [one.pid for one in parents]]
    assert len(left) == 1, "one that works in another folder may be a stranger's"
    stranger = members([{"id": parents[1].pid, "boot": boot_id(), "cwd": str(elsewhere)}])

    try:
        assert processes.sweep(grace=5) == 0
        assert not left[0].alive
        assert [record.alive for record in stranger] == [True]
        assert processes.left() == []
    finally:
        os.kill(stranger[0].pid, signal.SIGKILL)


def test_an_unmarked_service_survives_the_sweep(processes, tmp_path) -> None:
    processes.mark()
    service = start(processes, "one", SLEEP, tmp_path)

    processes.sweep(grace=1)

    assert service.alive
