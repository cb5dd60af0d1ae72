"""Whose CPU time a benchmark counts."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from benchmarks import cpu
from local.stack.processes import Processes
from local.stack.state import State

BURN = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo done"


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path / "state")
    state.prepare()
    return state


def test_what_others_do_with_the_engine_is_not_the_stacks(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cpu, "_ENGINE", ("sh",))
    meter = cpu.Meter(state)
    before = meter.read_engine()
    with subprocess.Popen(
        ["sh", "-c", f"{BURN}; read -r line"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert meter.read_engine() > before
        assert meter.read() == 0


def test_a_process_of_the_stack_counts_with_all_that_it_has_ended(state: State) -> None:
    done = state.folder / "done"
    processes = Processes(state)
    command = ["sh", "-c", f"sh -c '{BURN}'; touch {done}; sleep 60"]
    processes.start("busy", command, environment={"PATH": "/usr/bin:/bin"}, cwd=state.folder)
    try:
        while not done.exists():
            time.sleep(0.02)
        assert cpu.Meter(state).read() > 0
    finally:
        processes.stop("busy", grace=5)
