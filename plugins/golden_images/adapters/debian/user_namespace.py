"""Root of a user namespace, and nobody outside it: how a worker that is root runs what need not be.

As a program it makes the namespace and becomes its argument: ``user_namespace.py mmdebstrap …``. It needs
no ``newuidmap``, since root may write the map itself, and nothing of this project, since it is run by its
path.

Source: user_namespaces(7).
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from functools import cache
from pathlib import Path

#: A user's number outside the namespace is this more than inside. Beyond all that distributions and
#: systemd give to people, services and containers (systemd, "Users, Groups, UIDs and GIDs").
FIRST_ID = 2_000_000_000
_COUNT = 65_536
_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_PROBE = ("unshare", "--mount", "--pid", "--fork", "--mount-proc", "true")
_PROBE_SECONDS = 20


def inside(*argv: str) -> list[str]:
    """The command line that runs ``argv`` as root of a new namespace."""
    return [sys.executable, "-I", "-S", str(Path(__file__).resolve()), *argv]


@cache
def available() -> bool:
    """Whether this process is root where the kernel lets it make a namespace with file systems of its own:
    chroots, most containers and hardened machines do not. Asked once a process; costs a tenth of a second.
    """
    from golden_images.adapters import process
    from golden_images.errors import ToolError

    if os.geteuid() != 0:
        return False
    try:
        return process.run(inside(*_PROBE), timeout_seconds=_PROBE_SECONDS).code == 0
    except ToolError:
        return False


def _become_root_of_a_namespace() -> None:
    """Raises OSError where the kernel refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    own = os.getpid()
    reader, writer = os.pipe()
    helper = os.fork()
    if helper == 0:
        # The map is written from outside, where this user is root still.
        os.close(writer)
        os.read(reader, 1)
        for kind in ("uid_map", "gid_map"):
            Path(f"/proc/{own}/{kind}").write_text(f"0 {FIRST_ID} {_COUNT}\n")
        os._exit(0)
    if libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    os.close(writer)
    if os.waitpid(helper, 0)[1] != 0:
        raise PermissionError("the map of users could not be written")
    os.setgid(0)
    os.setuid(0)
    os.setgroups([])
    # Forgotten by the kernel with the change of user.
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    _become_root_of_a_namespace()
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - the caller's own argument list
