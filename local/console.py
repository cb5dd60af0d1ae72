"""A line for each step, with progress on long ones.

Standard library only: it runs before there is anything else.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

#: Seconds between two signs of life of a long step when nobody sits at a terminal.
HEARTBEAT = 15.0


class LocalError(Exception):
    """``what`` failed, why, and what to do; ``exit_code`` as the command line's."""

    def __init__(self, what: str, *, cause: str = "", remedy: str = "", exit_code: int = 3) -> None:
        super().__init__(what)
        self.what, self.cause, self.remedy, self.exit_code = what, cause, remedy, exit_code

    def __str__(self) -> str:
        lines = [self.what]
        if self.cause:
            lines.append("  cause:  " + self.cause.replace("\n", "\n          "))
        if self.remedy:
            lines.append("  remedy: " + self.remedy.replace("\n", "\n          "))
        return "\n".join(lines)


def say(text: str = "", *, stream: TextIO | None = None) -> None:
    print(text, file=stream or sys.stdout, flush=True)


class Step:
    """What a running step may tell: ``note`` is the latest detail, shown with the progress."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.note = ""


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Prints ``[ok] title (seconds)`` or ``[!!] title`` at the end, and signs of life meanwhile."""
    current, started, ended = Step(title), time.monotonic(), threading.Event()
    terminal = sys.stdout.isatty()

    def progress() -> None:
        wait = 0.2 if terminal else 2.0
        while not ended.wait(wait):
            elapsed = time.monotonic() - started
            line = f"[..] {title} {elapsed:.0f} s" + (f"  {current.note}" if current.note else "")
            if terminal:
                sys.stdout.write("\r\x1b[K" + line[: os.get_terminal_size().columns - 1])
                sys.stdout.flush()
            else:
                say(line)
                wait = HEARTBEAT

    thread = threading.Thread(target=progress, daemon=True)
    thread.start()
    mark = "!!"
    try:
        yield current
        mark = "ok"
    finally:
        ended.set()
        thread.join()
        note = f": {current.note}" if current.note and mark == "ok" else ""
        say(("\r\x1b[K" if terminal else "") + f"[{mark}] {title}{note} ({time.monotonic() - started:.1f} s)")


def run(
    command: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = 1800,
    on_line: Callable[[str], None] | None = None,
) -> None:
    """Runs ``command`` with its output appended to ``log``; ``on_line`` gets each line.

    Raises LocalError with the last lines of the output when it fails or lasts longer than
    ``timeout`` seconds.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    shown = " ".join(command)
    with log.open("a", encoding="utf-8") as sink:
        sink.write(f"$ {shown}\n")
        sink.flush()
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=None if environment is None else dict(environment),
                cwd=cwd,
                text=True,
                errors="replace",
            )
        except OSError as error:
            raise LocalError(f"cannot run {command[0]}", cause=str(error)) from None
        watchdog = threading.Timer(timeout, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            for line in process.stdout:
                sink.write(line)
                if on_line and line.strip():
                    on_line(line.strip())
            status = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            if process.stdout:
                process.stdout.close()
            expired = not watchdog.is_alive()
            watchdog.cancel()
    if status:
        why = f"longer than {timeout:.0f} s" if expired else f"exit code {status}"
        raise LocalError(
            f"failed: {shown}",
            cause=f"{why}; the last output was\n{tail(log)}",
            remedy=f"the whole output is in {log}",
        )


def tail(path: Path, lines: int = 15) -> str:
    """The last ``lines`` lines of a log; empty if there is none."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 65536))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def main(command: Callable[[], int]) -> None:
    """Runs a command's entry point; errors become text and an exit code, never a trace."""
    try:
        code = command()
    except LocalError as error:
        say(f"error: {error}", stream=sys.stderr)
        code = error.exit_code
    except KeyboardInterrupt:
        say("\ninterrupted", stream=sys.stderr)
        code = 130
    sys.exit(code)
