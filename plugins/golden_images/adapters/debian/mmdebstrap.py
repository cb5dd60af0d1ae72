"""ports.Bootstrapper by mmdebstrap: a Debian root file system, bit for bit the same from one
package state.

Source: mmdebstrap(1), sections HOOKS and TMPDIR; reproducible-builds.org on SOURCE_DATE_EPOCH.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from golden_images.adapters import process
from golden_images.adapters.debian import root as debian_root
from golden_images.adapters.debian import user_namespace
from golden_images.adapters.debian.sources import KEYRING, archives, refuse
from golden_images.core import debian
from golden_images.errors import ToolError
from golden_images.ports import BootstrapRequest, Log

_PREFIX = "golden-images-bootstrap."
_LOCK = "lock"

#: Ships with mmdebstrap: where the suite has ``usr-is-merged``, that is taken in place of ``usrmerge``,
#: which needs all of Perl to move what is at its place already.
_MERGED = "/usr/share/mmdebstrap/hooks/maybe-merged-usr"


class Mmdebstrap:
    def bootstrap(self, request: BootstrapRequest, target: Path, log: Log) -> None:
        """See the port. ``target`` appears complete or not at all. Raises InputError for a request that
        could mean anything else to apt than what it says."""
        refuse(debian.first_fault(debian.package, *request.packages))
        refuse(debian.first_fault(debian.word, request.variant, request.architecture))
        tool = process.find("mmdebstrap", "the Debian package mmdebstrap")
        if not KEYRING.is_file():
            raise ToolError(
                "Debian's archive keys are not on this worker",
                endpoint=str(KEYRING),
                cause=f"{KEYRING} does not exist",
                remedy="install the Debian package debian-archive-keyring",
                retryable=False,
            )
        with _workplace() as (folder, lock):
            made = target.with_name(f".{target.name}.partial")
            argv = [*_runner(folder, log), *_arguments(request, folder, tool)]
            environment = process.environment(
                SOURCE_DATE_EPOCH=str(request.source_date_epoch),
                TMPDIR=str(folder),
                # dpkg would read the worker's own settings there.
                HOME=str(folder),
                LC_ALL="C.UTF-8",
            )
            # Debian's maintainer scripts expect the system's folders, whatever the worker's PATH.
            environment["PATH"] = environment.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin"
            try:
                outcome = process.run(
                    argv,
                    # The worker's own folder may be closed to who is root in the namespace.
                    cwd=folder,
                    timeout_seconds=request.timeout_seconds,
                    log=log,
                    env=environment,
                    stdout=made,
                    keep_open=[lock],
                )
                if outcome.code != 0:
                    raise _failed(request, outcome)
                made.replace(target)
            finally:
                made.unlink(missing_ok=True)


def _arguments(request: BootstrapRequest, folder: Path, tool: str) -> list[str]:
    """The command line; ``folder`` gets the files that it names."""
    hook = _file(folder / "finish", debian_root.finishing(slim=request.slim, setuid=request.setuid), 0o755)
    slim = []
    if request.slim:
        slim = [f"--dpkgopt={_file(folder / 'slim', debian_root.SLIM, 0o644)}", f"--hook-dir={_MERGED}"]
    alone = os.geteuid() == 0 and not user_namespace.available()
    return [
        tool,
        f"--mode={'root' if alone else 'unshare'}",
        f"--variant={request.variant}",
        f"--architectures={request.architecture}",
        "--format=tar",
        # Engines make their own devices; an image with device nodes needs root to unpack.
        "--skip=output/dev",
        *slim,
        f"--customize-hook={hook}",
        *([f"--include={','.join(request.packages)}"] if request.packages else []),
        "--",
        request.suite,
        "-",
        *(archive.line(request.components) for archive in archives(request.suite, request.mirror)),
    ]


def _file(path: Path, content: str, mode: int) -> Path:
    path.write_text(content)
    path.chmod(mode)
    return path


def _runner(folder: Path, log: Log) -> list[str]:
    """What stands before mmdebstrap, so that it is root of ``folder`` and of no more, where that can be."""
    if os.geteuid() != 0:
        # mmdebstrap makes a namespace itself, whose root is another user: TMPDIR must let it in.
        folder.chmod(0o1777)
        return []
    folder.chmod(0o755)
    if not user_namespace.available():
        log("no user namespaces here: the root file system is made as root of this worker")
        return []
    os.chown(folder, user_namespace.FIRST_ID, user_namespace.FIRST_ID)
    return user_namespace.inside()


def _failed(request: BootstrapRequest, outcome: process.Outcome) -> ToolError:
    text = "\n".join(outcome.tail).lower()
    remedy = "see mmdebstrap's lines above"
    if "unable to locate package" in text or "has no installation candidate" in text:
        remedy = "correct base.bootstrap.packages: the suite does not have the package"
    elif "subuid" in text or "subgid" in text or "unshare" in text or "newuidmap" in text:
        remedy = (
            "run the worker as root, or allow it user namespaces: install uidmap and give its user "
            "ranges in /etc/subuid and /etc/subgid"
        )
    elif "no space left" in text:
        remedy = f"free space in {tempfile.gettempdir()}, where the root file system is made"
    elif "failed to fetch" in text or "could not connect" in text or "could not resolve" in text:
        remedy = "check that the archive is reachable from this worker, or name a mirror"
    elif "exec format error" in text or "qemu" in text:
        remedy = f"install qemu-user-static to make {request.architecture} images on this worker"
    return process.crashed("mmdebstrap", f"bootstrap of {request.suite} failed", outcome, remedy)


@contextmanager
def _workplace() -> Iterator[tuple[Path, int]]:
    """A temporary folder and the lock that says it is in use.

    The lock is inherited by mmdebstrap's processes, so it is free only when all of them are gone:
    what a killed try left is then removed by the next call on this worker.
    """
    parent = Path(tempfile.gettempdir())
    for leftover in parent.glob(f"{_PREFIX}*"):
        _remove_if_dead(leftover)
    new = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}", dir=parent))
    folder = parent / new.name.removeprefix(".")
    lock = os.open(new / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Others see it only now that it is locked.
        new.rename(folder)
        yield folder, lock
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _remove_if_dead(folder: Path) -> None:
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR)
    except OSError:
        # Another user's, or being made at this moment: not ours to judge.
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        pass
    finally:
        os.close(lock)
