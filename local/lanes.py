"""Several commands at a time, each lane one after the other: most of them wait for something.

The first lane's output comes as it is written, that of the others in one piece when a command ends.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from local.console import say

#: Seconds that a command has to take its services down after Ctrl-C.
_GRACE = 60.0

Check = tuple[str, Sequence[str]]


class Lane:
    """All of its commands run, whatever the first says; ``failed`` has the names of those that did.

    ``log`` keeps the running command's output until it is shown; None shows it as it is written.
    """

    def __init__(
        self, checks: Sequence[Check], cwd: Path, environment: Mapping[str, str], log: Path | None
    ) -> None:
        self.failed: list[str] = []
        self._left = list(checks)
        self._cwd, self._environment, self._log = cwd, environment, log
        self._name = ""
        self._process: subprocess.Popen[bytes] | None = None

    def step(self) -> bool:
        """Ends and begins what is due; False once there is nothing left."""
        if self._process is not None:
            if self._process.poll() is None:
                return True
            self._end(self._process.returncode)
        if not self._left:
            return False
        self._name, command = self._left.pop(0)
        if self._log is None:
            say(f"\n--- {self._name}")
            self._process = self._start(command, None)
        else:
            with self._log.open("wb") as output:
                self._process = self._start(command, output)
        return True

    def _start(self, command: Sequence[str], output: IO[bytes] | None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            cwd=self._cwd,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
        )

    def _end(self, code: int) -> None:
        self._process = None
        if code:
            self.failed.append(self._name)
        if self._log is not None:
            say(f"\n--- {self._name}\n{self._log.read_text(errors='replace').rstrip()}")

    def interrupt(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)

    def wait(self, seconds: float) -> None:
        """After an interrupt; what has not ended by then is killed."""
        if self._process is None:
            return
        try:
            self._process.wait(seconds)
        except (KeyboardInterrupt, subprocess.TimeoutExpired):
            self._process.kill()


def run(lanes: Sequence[Lane]) -> list[str]:
    """The names of the commands that failed."""
    with _postponed() as came:
        while not came and [lane for lane in lanes if lane.step()]:
            time.sleep(0.1)
        if came:
            for lane in lanes:
                lane.interrupt()
    if came:
        deadline = time.monotonic() + _GRACE
        for lane in lanes:
            lane.wait(max(0.0, deadline - time.monotonic()))
        raise KeyboardInterrupt
    return [name for lane in lanes for name in lane.failed]


@contextmanager
def _postponed() -> Iterator[list[int]]:
    """The signals that ask for an end, as they come.

    Raised at once, one could strike when a command has begun and its lane does not know of it yet: nobody
    would stop that command.
    """
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda number, _: came.append(number)) for number in numbers}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
