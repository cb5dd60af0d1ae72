"""CPU time of a stack: user and system seconds of its processes and of all that they have ended."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

import psutil

from local.stack import engine
from local.stack.processes import Processes, marked
from local.stack.state import State


class Meter:
    """Which processes belong to the stack, found anew at each reading: Airflow's by the stack's mark,
    registry and database by their records. A process that has ended is counted in its parent's time for
    ended children.

    Not the engine, nor what runs in it: others share it, and what of its time is whose it does not say.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def read(self) -> float:
        """Seconds of Airflow, registry and database, whatever else the machine does; only differences
        mean something."""
        return _total(_tree(self._roots()))

    def _roots(self) -> Iterator[int]:
        processes = Processes(self._state)
        yield from (record.pid for record in marked(processes.mark()))
        for path in self._state.records.glob("*.json"):
            record = processes.find(path.stem)
            if record is not None and path.stem != engine.NAME:
                yield record.pid


def _tree(roots: Iterable[int]) -> dict[int, psutil.Process]:
    found: dict[int, psutil.Process] = {}
    for pid in roots:
        try:
            process = psutil.Process(pid)
            found.update({one.pid: one for one in (process, *process.children(recursive=True))})
        except psutil.NoSuchProcess:
            continue
    # This program is no part of the pipeline, and neither is what it starts.
    return {pid: process for pid, process in found.items() if pid != os.getpid()}


def _total(processes: Mapping[int, psutil.Process]) -> float:
    return sum(_seconds(process) for process in processes.values())


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)
