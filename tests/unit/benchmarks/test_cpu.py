"""Whose CPU time a benchmark counts."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from benchmarks import cpu
from local.stack import engine
from local.stack.processes import Processes
from local.stack.state import State

BURN = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo done"


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path / "state")
    state.prepare()
    return state


def test_the_engine_is_not_the_stacks_whoever_started_it(state: State) -> None:
    done = state.folder / "done"
    processes = Processes(state)
    command = ["sh", "-c", f"{BURN}; touch {done}; sleep 60"]
    processes.start(engine.NAME, command, environment={"PATH": "/usr/bin:/bin"}, cwd=state.folder)
    try:
        _wait_for(done)
        assert cpu.Meter(state).read() == 0
    finally:
        processes.stop(engine.NAME, grace=5)


def test_a_process_of_the_stack_counts_with_all_that_it_has_ended(state: State) -> None:
    done = state.folder / "done"
    processes = Processes(state)
    command = ["sh", "-c", f"sh -c '{BURN}'; touch {done}; sleep 60"]
    processes.start("busy", command, environment={"PATH": "/usr/bin:/bin"}, cwd=state.folder)
    try:
        _wait_for(done)
        assert cpu.Meter(state).read() > 0
    finally:
        processes.stop("busy", grace=5)


def _wait_for(file: Path) -> None:
    while not file.exists():
        time.sleep(0.02)
