"""A command in a root as on a machine of its own: namespaces, and a network that reaches out.

The network is slirp4netns's, a program in user space: nothing of the machine's addresses, routes and
firewall is changed, and a ``dockerd`` inside does as it likes with its own. When this process ends,
however it ends, the kernel ends everything inside, and the mounts go with it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from local.console import LocalError
from local.setup import ROOT

_WITH_US = ("setpriv", "--pdeathsig", "KILL")
_APART = ("unshare", "--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "--kill-child")
#: Seconds that a command has to end after Ctrl-C, and what it started to end after it.
_GRACE = 90.0


def run_inside(root: Path, command: Sequence[str], environment: Mapping[str, str], cwd: str) -> int:
    """The command's exit code; 128 and the signal's number if a signal ended it."""
    ready, say_ready = os.pipe()
    hear_go, go = os.pipe()
    inside = [sys.executable, "-m", "local.bare.inside", str(root), cwd, str(say_ready), str(hear_go)]
    room = subprocess.Popen(
        [*_WITH_US, *_APART, *inside, *command],
        env=dict(environment),
        cwd=ROOT,
        pass_fds=(say_ready, hear_go),
    )
    network: subprocess.Popen[bytes] | None = None
    # A shell's background job ignores Ctrl-C, and would hand that on.
    before = {number: signal.signal(number, _interrupt) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        os.close(say_ready)
        os.close(hear_go)
        if not os.read(ready, 1):
            raise LocalError(
                "no namespaces can be made here", cause=f"{' '.join(_APART)} failed", remedy="run it as root"
            )
        network = _network(room.pid)
        os.write(go, b"1")
        return _wait(room)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for process in (room, network):
            if process is not None:
                process.kill()
                process.wait()
        for descriptor in (ready, go):
            os.close(descriptor)


def _network(pid: int) -> subprocess.Popen[bytes]:
    up, say_up = os.pipe()
    # A session of its own: Ctrl-C of the terminal must not take the network from what is ending.
    program = [
        "slirp4netns",
        "--configure",
        "--disable-host-loopback",
        f"--ready-fd={say_up}",
        str(pid),
        "tap0",
    ]
    network = subprocess.Popen(
        [*_WITH_US, *program],
        pass_fds=(say_up,),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(say_up)
    with os.fdopen(up, "rb") as answer:
        if answer.read(1) != b"1":
            raise LocalError("the root has no network", cause=f"failed: {' '.join(program)}")
    return network


def _wait(room: subprocess.Popen[bytes]) -> int:
    try:
        code = room.wait()
    except KeyboardInterrupt:
        # The terminal has told all of them; who was told by kill alone tells the first process inside.
        for child in Path(f"/proc/{room.pid}/task/{room.pid}/children").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            room.wait(_GRACE)
        raise
    return code if code >= 0 else 128 - code


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
