"""Running a tool: its lines as they come, its whole process group gone on every exit.

The child never inherits the worker's environment: Airflow's own variables hold passwords.
"""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from golden_images.errors import ToolError
from golden_images.ports import Log

#: What a tool may see of the worker's environment.
_PASSED = (
    "PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_RUNTIME_DIR",
    "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
)  # fmt: skip
TAIL_LINES = 20
#: In bytes; a longer one is told as several.
_LONGEST_LINE = 1 << 20
#: Seconds between the request to end and the kill.
GRACE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """``tail``: the last lines of stdout and stderr together."""

    code: int
    tail: tuple[str, ...]


def environment(**extra: str) -> dict[str, str]:
    """The allowed part of the worker's environment with ``extra``."""
    return {name: os.environ[name] for name in _PASSED if name in os.environ} | extra


def find(tool: str, package: str) -> str:
    """The path of ``tool``: beside this interpreter (a wheel's), else on PATH (Debian's).

    Raises ToolError naming the ``package`` to install.
    """
    beside = Path(sys.executable).parent / tool
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which(tool)
    if found is None:
        raise ToolError(
            f"{tool} is not installed on this worker",
            endpoint=tool,
            cause=f"it is neither beside {sys.executable} nor on PATH",
            remedy=f"install {package}",
            retryable=False,
        )
    return found


def run(
    argv: Sequence[str],
    *,
    timeout_seconds: float,
    log: Log | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdout: Path | None = None,
    limit_bytes: int | None = None,
    keep_open: Sequence[int] = (),
) -> Outcome:
    """Runs ``argv``; its stdout and stderr reach ``log`` line by line, stdout not where a file is named.

    ``keep_open`` are file descriptors that the child inherits, such as a lock that shall live as
    long as any of its processes. Raises ToolError on a time-out, where stdout and stderr together have
    more than about ``limit_bytes``, and where it cannot be started.
    """
    name = Path(argv[0]).name
    # If this process is killed outright, nothing below runs: the kernel then ends the child.
    setpriv = shutil.which("setpriv")
    guarded = [setpriv, "--pdeathsig", "TERM", *argv] if setpriv else list(argv)
    reader, writer = os.pipe()
    try:
        with stdout.open("wb") if stdout else nullcontext(writer) as output:
            process = subprocess.Popen(
                guarded,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=writer,
                env=dict(env if env is not None else environment()),
                cwd=cwd,
                pass_fds=tuple(keep_open),
                start_new_session=True,
            )
    except OSError as error:
        os.close(reader)
        raise ToolError(f"{name} could not be started", endpoint=name, cause=str(error)) from error
    finally:
        os.close(writer)
    tail: deque[str] = deque(maxlen=TAIL_LINES)

    def check(read: int) -> None:
        written = read + (stdout.stat().st_size if stdout else 0)
        if limit_bytes is not None and written > limit_bytes:
            raise ToolError(
                f"{name} wrote more than {limit_bytes} bytes",
                endpoint=name,
                cause="it was ended; what it had written is of no use",
                remedy="see whether it is the program that it should be",
                retryable=False,
            )

    def line(raw: bytes) -> None:
        text = raw.rstrip(b"\r").rsplit(b"\r", 1)[-1].decode(errors="replace")
        tail.append(text)
        if log is not None:
            log(text)

    try:
        if not _pump(process, reader, line, check, time.monotonic() + timeout_seconds):
            raise ToolError(
                f"{name} did not finish within {timeout_seconds:g} seconds",
                endpoint=name,
                cause="last output:\n    " + "\n    ".join(tail or ("none",)),
                remedy="see the log for where it hung, or allow it more time",
            )
        return Outcome(process.wait(), tuple(tail))
    finally:
        _end(process)
        os.close(reader)


def crashed(tool: str, what: str, outcome: Outcome, remedy: str = "") -> ToolError:
    """The error for an exit code that the tool's manual does not promise."""
    code = outcome.code
    how = f"ended by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    shown = "\n    ".join(outcome.tail or ("none",))
    return ToolError(what, endpoint=tool, cause=f"{tool}: {how}; last output:\n    {shown}", remedy=remedy)


def _pump(
    process: subprocess.Popen[bytes],
    reader: int,
    line: Callable[[bytes], None],
    check: Callable[[int], None],
    deadline: float,
) -> bool:
    """Lines until the output ends; False when the deadline came first. ``check`` is told how many bytes
    were read, often enough that a file meanwhile grows by little."""
    rest, read = b"", 0
    with selectors.DefaultSelector() as selector:
        selector.register(reader, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            # Wakes now and then: a grandchild may hold the pipe open after the tool has ended.
            readable = selector.select(min(left, 0.1))
            check(read)
            if readable:
                chunk = os.read(reader, 65536)
                if not chunk:
                    break
                read += len(chunk)
                *lines, rest = (rest + chunk).split(b"\n")
                for raw in lines:
                    line(raw)
                if len(rest) > _LONGEST_LINE:
                    line(rest)
                    rest = b""
            elif process.poll() is not None:
                break
    if rest:
        line(rest)
    while process.poll() is None:
        if time.monotonic() > deadline:
            return False
        check(read)
        time.sleep(0.01)
    check(read)
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends what is left of the group, politely first: mmdebstrap unmounts and removes its root then."""
    for number, patience in ((signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, GRACE_SECONDS)):
        try:
            os.killpg(process.pid, number)
        except (ProcessLookupError, PermissionError):
            break
        if process.poll() is not None:
            # The leader is gone; stragglers of its group get no grace.
            continue
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
    process.wait()
