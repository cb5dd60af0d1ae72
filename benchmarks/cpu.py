"""CPU time of a stack: user and system seconds of its processes and of all that they have ended."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import psutil

from local.stack import engine
from local.stack.processes import Processes, marked
from local.stack.state import State

_ENGINE = ("dockerd", "containerd")
#: What ran in containers, also in those that are gone; BuildKit's steps are children of dockerd.
_CONTAINERS = Path("/sys/fs/cgroup/cpuacct/docker")


class Meter:
    """Which processes belong to the stack, found anew at each reading: Airflow's by the stack's mark,
    registry and database by their records, the engine (which others may share) by its name.

    A process that has ended is counted in its parent's time for ended children. Containers are the
    system's children, not the engine's: the kernel's control groups (version 1) have their time. Where
    those are not at hand it is missing, which makes a build cheaper than it was, never an unchanged run.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def read(self) -> float:
        """Seconds of Airflow, registry and database, whatever else the machine does; only differences
        mean something."""
        return _total(_tree(self._roots()))

    def read_engine(self) -> float:
        """Seconds of the engine and of what runs in it, also for others who share it."""
        containers = _group(_CONTAINERS) - _group(_CONTAINERS / "buildkit")
        return containers + _total(_tree(_engine()))

    def _roots(self) -> Iterator[int]:
        processes = Processes(self._state)
        yield from (record.pid for record in marked(processes.mark()))
        for path in self._state.records.glob("*.json"):
            record = processes.find(path.stem)
            if record is not None and path.stem != engine.NAME:
                yield record.pid


def _engine() -> Iterator[int]:
    for process in psutil.process_iter(["name"]):
        if process.info["name"] in _ENGINE:
            yield process.pid


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


def _group(folder: Path) -> float:
    try:
        return int((folder / "cpuacct.usage").read_text()) / 1e9
    except OSError:
        return 0.0
