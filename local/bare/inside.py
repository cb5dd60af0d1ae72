"""The first process of the room: makes the root its own, runs the command, ends what that left.

``python -m local.bare.inside <root> <cwd> <say ready> <hear go> <command…>``; nothing is imported after
``pivot_root``, for the machine's files are gone then.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

#: Seconds for what the command left running: a dockerd ends its containers.
_GRACE = 30.0


def main(root: Path, cwd: str, ready: int, go: int, command: list[str]) -> int:
    os.write(ready, b"1")
    os.close(ready)
    # Nothing is read when the network could not be made.
    if not os.read(go, 1):
        return 3
    os.close(go)
    _mount(root)
    _pivot(root)
    os.chdir(cwd)
    signal.signal(signal.SIGINT, lambda *_: None)
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execvpe(command[0], command, os.environ)  # noqa: S606 - the command is the caller's

    def hand_on(_number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)

    signal.signal(signal.SIGTERM, hand_on)
    while True:
        # As on a machine, whoever lost its parent is ours.
        pid, status = os.wait()
        if pid == child:
            break
    _end_the_rest()
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _mount(root: Path) -> None:
    for how, target in (
        (("--bind", str(root)), "."),
        (("-t", "proc", "proc"), "proc"),
        # Of this network: dockerd sets up its bridge there.
        (("-t", "sysfs", "sysfs"), "sys"),
        (("--rbind", "/sys/fs/cgroup"), "sys/fs/cgroup"),
        (("--rbind", "/dev"), "dev"),
        (("-t", "tmpfs", "tmpfs"), "dev/shm"),
        (("-t", "tmpfs", "-o", "mode=755", "tmpfs"), "run"),
    ):
        subprocess.run(["mount", *how, str(root / target)], check=True)
    subprocess.run(["hostname", "bare"], check=False)


def _pivot(root: Path) -> None:
    (root / ".machine").mkdir()
    os.chdir(root)
    subprocess.run(["pivot_root", ".", ".machine"], check=True)
    os.chdir("/")
    subprocess.run(["umount", "--lazy", "/.machine"], check=True)
    Path("/.machine").rmdir()


def _end_the_rest() -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < deadline:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.1)


if __name__ == "__main__":
    folder, where, first, second, *words = sys.argv[1:]
    sys.exit(main(Path(folder), where, int(first), int(second), words))
