"""``make test``: every check and every test of every kind, on services of its own.

The state is a folder of its own below the demo's, so a running demo is neither used nor disturbed;
only a Docker Engine that answers is shared. What was started here is stopped at the end, also after
a failure and Ctrl-C; what a killed run left is stopped at the beginning of the next.
"""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from types import FrameType

from local.console import LocalError, main, say, step
from local.environment import child_environment
from local.lanes import Check, Lane, run
from local.setup import ROOT, state_folder
from local.stack import engine
from local.stack.stack import Stack, stacks
from local.stack.state import State

_BIN = Path(sys.executable).parent
#: The longest one first. What runs Airflow waits for its processes half of the time, so all that needs
#: none runs beside it.
LANES: tuple[tuple[Check, ...], ...] = (
    (("tests on Airflow's components", ("pytest", "-m", "airflow", "--durations=15")),),
    (
        ("ruff check", ("ruff", "check", ".")),
        ("ruff format", ("ruff", "format", "--check", ".")),
        ("mypy", ("mypy",)),
        ("mypy local", ("mypy", "-p", "local")),
        ("import contracts", ("lint-imports",)),
        ("all other tests", ("pytest", "-m", "not airflow", "--durations=15")),
    ),
)


def checks() -> int:
    folder = state_folder() / "test"
    # A shell's background job ignores Ctrl-C, and pytest would inherit that.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    started = time.monotonic()
    _stop(folder)
    stack = Stack(folder)
    stack.state.prepare()
    try:
        with step("Docker Engine") as progress:
            engine.ensure(stack.state, progress)
        failed = run(_lanes(stack.state))
    finally:
        _stop(folder)
    minutes, seconds = divmod(int(time.monotonic() - started), 60)
    if failed:
        raise LocalError(f"failed: {', '.join(failed)} ({minutes} min {seconds} s)", exit_code=1)
    _remove(folder)
    say(f"\nall checks and tests passed ({minutes} min {seconds} s)")
    return 0


def _lanes(state: State) -> list[Lane]:
    environment = _environment(state.folder)
    return [
        Lane(
            [(name, [str(_BIN / command[0]), *command[1:]]) for name, command in checks],
            cwd=ROOT,
            environment=environment,
            log=state.log(f"lane-{number}") if number else None,
        )
        for number, checks in enumerate(LANES)
    ]


def _environment(folder: Path) -> dict[str, str]:
    own = {"AIRFLOW_HOME": str(folder / "airflow-home"), "GOLDEN_IMAGES_STATE": str(folder)}
    return {**child_environment(), **own, "MYPYPATH": str(ROOT)}


def _stop(folder: Path) -> None:
    for stack in stacks(folder):
        stopped = stack.stop()
        if stopped:
            say(f"[ok] stopped {', '.join(stopped)} of {stack.folder}")


def _remove(folder: Path) -> None:
    for stack in stacks(folder):
        stack.remove()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main(checks)
