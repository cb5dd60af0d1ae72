"""Bounded waiting for a component, with its last words if it dies."""

from __future__ import annotations

import time
from collections.abc import Callable

from local.console import LocalError, Step, tail
from local.stack.processes import Processes
from local.stack.state import State


def until(
    answers: Callable[[], bool],
    *,
    component: str,
    seconds: float,
    state: State,
    progress: Step | None = None,
    alive: bool = True,
) -> None:
    """Returns when ``answers()``. Raises LocalError with the end of the component's log when its
    process is gone (``alive``: it is one of ours) or after ``seconds``."""
    deadline, processes = time.monotonic() + seconds, Processes(state)
    while not answers():
        gone = alive and processes.find(component) is None
        if gone or time.monotonic() > deadline:
            why = "its process ended" if gone else f"no answer within {seconds:.0f} s"
            log = state.log(component)
            raise LocalError(
                f"{component} did not start",
                cause=f"{why}; its last words were\n{tail(log, 20) or '(nothing)'}",
                remedy=f"the whole log is {log}",
            )
        if progress:
            progress.note = f"waiting for {component}"
        time.sleep(0.1)
