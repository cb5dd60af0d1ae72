"""Processes of ours: started once, recognised for certain, stopped exactly.

A process is known by its pid *and* its start time (``/proc/<pid>/stat``, field 22; see proc(5))
*and* the boot, so that a pid used again by a stranger is never touched. What a component left
behind is found by a mark in its environment, never by a name; or, as Airflow's workers write their
title over their environment, by the component's session and folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local.stack.state import State, write_private

#: Every process of Airflow in one stack carries this variable; its value is the stack's own. The
#: services under it do not: what a Docker Engine started is not ours to end.
MARK = "GOLDEN_IMAGES_STACK"


@dataclass(frozen=True, slots=True)
class Record:
    """``prefix`` is how to signal it: empty, or sudo for a process of root."""

    name: str
    pid: int
    started: int
    boot: str
    prefix: tuple[str, ...] = ()

    @property
    def alive(self) -> bool:
        return self.boot == boot_id() and start_time(self.pid) == self.started


def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def start_time(pid: int) -> int | None:
    """Clock ticks after boot; None if there is no such process or it is a zombie.

    A process whose first thread has ended looks like one, but keeps its ports until the last one has.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text[text.rindex(")") + 2 :].split()
    ended = fields[0] in "ZX" and int(fields[17]) <= 1
    return None if ended else int(fields[19])


class Processes:
    def __init__(self, state: State) -> None:
        self._state = state

    def mark(self) -> str:
        known = self._state.read("stack.json").get("mark")
        if not known:
            known = secrets.token_hex(16)
            self._state.write("stack.json", {"mark": known})
        return str(known)

    def find(self, name: str) -> Record | None:
        """The running process of that name, None if it is gone."""
        content = self._state.read(f"run/{name}.json")
        if not content:
            return None
        try:
            record = Record(**{**content, "prefix": tuple(content.get("prefix", ()))})
        except TypeError:
            return None
        return record if record.alive else None

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        cwd: Path,
        prefix: Sequence[str] = (),
        marked: bool = False,
    ) -> Record:
        """In a session of its own, so that it outlives us and no Ctrl-C of the terminal reaches it."""
        with self._state.log(name).open("ab") as log:
            process = subprocess.Popen(
                [*prefix, *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**environment, **({MARK: self.mark()} if marked else {})},
                cwd=cwd,
                start_new_session=True,
            )
        # It is meant to outlive this object, which would complain about that: from here on the
        # record stands for the process.
        process.returncode = 0
        record = self.remember(name, process.pid, prefix)
        if marked:
            begun = [*self._sessions(), {"id": record.pid, "boot": record.boot, "cwd": str(cwd.resolve())}]
            self._state.write("sessions.json", {"sessions": begun})
        return record

    def _sessions(self) -> list[dict[str, Any]]:
        """Of marked processes that were started since the last sweep, dead or alive."""
        return list(self._state.read("sessions.json").get("sessions") or ())

    def remember(self, name: str, pid: int, prefix: Sequence[str] = ()) -> Record:
        record = Record(name, pid, start_time(pid) or 0, boot_id(), tuple(prefix))
        write_private(self._state.records / f"{name}.json", json.dumps(asdict(record)) + "\n")
        return record

    def stop(self, *names: str, grace: float = 20.0, how: signal.Signals = signal.SIGTERM) -> list[str]:
        """All of ``names`` at once, politely, after ``grace`` seconds hard; those that were running."""
        running = [record for name in names if (record := self.find(name))]
        for record in running:
            _signal(record, how)
        deadline = time.monotonic() + grace
        for record in running:
            if not _gone(record, deadline - time.monotonic()):
                _signal(record, signal.SIGKILL)
                _gone(record, 5)
        for name in names:
            (self._state.records / f"{name}.json").unlink(missing_ok=True)
        return [record.name for record in running]

    def sweep(self, grace: float = 10.0) -> int:
        """Ends what is left of this stack: task processes and helpers that outlived their parent.

        Returns how many would not end.
        """
        for how in (signal.SIGTERM, signal.SIGKILL):
            found, deadline = self.left(), time.monotonic() + grace
            for record in found:
                _signal(record, how)
            while any(record.alive for record in found) and time.monotonic() < deadline:
                time.sleep(0.1)
        still = len(self.left())
        if not still and self._sessions():
            self._state.write("sessions.json", {})
        return still

    def left(self) -> list[Record]:
        """Every process of this stack that carries its mark, or is of a marked one's session."""
        mark = str(self._state.read("stack.json").get("mark") or "")
        return list({*(marked(mark) if mark else ()), *members(self._sessions())})


def members(sessions: Sequence[Mapping[str, Any]]) -> list[Record]:
    """The processes of these sessions that work in the session's folder: a session's number may be a
    stranger's once all of it have ended."""
    boot, found = boot_id(), []
    wanted = {int(one["id"]): str(one["cwd"]) for one in sessions if one["boot"] == boot}
    for folder in Path("/proc").iterdir() if wanted else ():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            pid = int(folder.name)
            cwd = wanted.get(os.getsid(pid))
            if cwd is None or str((folder / "cwd").readlink()) != cwd:
                continue
        except OSError:
            continue
        started = start_time(pid)
        if started is not None:
            found.append(Record(f"process {pid}", pid, started, boot))
    return found


def marked(mark: str) -> list[Record]:
    """Every process of this user that carries the stack's mark, this one excluded."""
    needle, found, boot = f"{MARK}={mark}".encode(), [], boot_id()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            entries = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        started = start_time(int(folder.name))
        if needle in entries and started is not None:
            found.append(Record(f"process {folder.name}", int(folder.name), started, boot))
    return found


def _signal(record: Record, how: signal.Signals) -> None:
    if not record.alive:
        return
    if record.prefix:
        subprocess.run(
            [*record.prefix, "kill", f"-{how.value}", str(record.pid)], check=False, capture_output=True
        )
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(record.pid, how)


def _gone(record: Record, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while record.alive:
        _reap(record.pid)
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    _reap(record.pid)
    return True


def _reap(pid: int) -> None:
    """Takes the exit status if the process is a child of ours; no zombie stays in a long test run."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
