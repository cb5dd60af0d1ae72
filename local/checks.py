"""``make test``: every check and every test of every kind, on services of its own.

The state is a folder of its own below the demo's, so a running demo is neither used nor disturbed;
only a Docker Engine that answers is shared. What was started here is stopped at the end, also after
a failure and Ctrl-C; what a killed run left is stopped at the beginning of the next.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType

from local.console import LocalError, main, say, step
from local.environment import child_environment
from local.setup import ROOT, state_folder
from local.stack import engine
from local.stack.stack import Stack, stacks

#: Seconds that the checks have to take their services down after Ctrl-C.
_GRACE = 60.0


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
        failed = run(Path(sys.executable), folder / "failed.txt", _environment(folder))
    finally:
        _stop(folder)
    minutes, seconds = divmod(int(time.monotonic() - started), 60)
    if failed:
        raise LocalError(f"failed: {', '.join(failed)} ({minutes} min {seconds} s)", exit_code=1)
    _remove(folder)
    say(f"\nall checks and tests passed ({minutes} min {seconds} s)")
    return 0


def run(python: Path, failed: Path, environment: Mapping[str, str]) -> list[str]:
    """``make checks`` with the tools beside ``python``, all of them whatever the first says; the names of
    those that failed, by way of the file ``failed``."""
    failed.unlink(missing_ok=True)
    command = ["make", "--jobs=2", "--keep-going", "--output-sync=target", "--no-print-directory"]
    with _postponed() as came:
        made = subprocess.Popen(
            [*command, f"PY={python}", f"FAILED={failed}", "checks"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            process_group=0,
        )
        while made.poll() is None and not came:
            time.sleep(0.1)
    if came:
        _end(made)
        raise KeyboardInterrupt
    names = failed.read_text().split() if failed.exists() else []
    if made.returncode and not names:
        raise LocalError("make did not run the checks", cause=f"exit code {made.returncode}")
    return names


def _end(made: subprocess.Popen[bytes]) -> None:
    """make waits for what it has begun; after a while, and at the next Ctrl-C, all that is left is killed."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(made.pid, signal.SIGINT)
        try:
            made.wait(_GRACE)
        except (KeyboardInterrupt, subprocess.TimeoutExpired):
            os.killpg(made.pid, signal.SIGKILL)
            made.wait()


@contextlib.contextmanager
def _postponed() -> Iterator[list[int]]:
    """The signals that ask for an end, as they come.

    Raised at once, one could strike when make has begun and nobody knows of it yet: nobody would stop it.
    """
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda number, _: came.append(number)) for number in numbers}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
