"""ports.Bootstrapper by mmdebstrap: a Debian root file system, bit for bit the same from one
package state.

Source: mmdebstrap(1), sections HOOKS and TMPDIR; reproducible-builds.org on SOURCE_DATE_EPOCH.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from golden_images.adapters import process
from golden_images.adapters.debian_sources import KEYRING, archives, refuse
from golden_images.core import debian
from golden_images.errors import ToolError
from golden_images.ports import BootstrapRequest, Log

_PREFIX = "golden-images-bootstrap."
_LOCK = "lock"

#: What differs between two runs or belongs to the worker. ``$1`` is the root; runs outside it.
#: Hands off ``/tmp`` there: it holds the apt configuration without which mmdebstrap's own cleaning
#: would clean the worker's lists. mmdebstrap empties it afterwards.
_CLEAN = r"""
set -eu
root="$1"
find "$root/var/log" -xdev -type f -delete
for folder in lib/apt/lists cache/apt cache/man; do
  if [ -d "$root/var/$folder" ]; then find "$root/var/$folder" -xdev -type f -delete; fi
done
find "$root/usr" "$root/opt" "$root/var/lib" -xdev -name __pycache__ -type d -prune -exec rm -rf {} +
rm -f "$root"/etc/ssh/ssh_host_*_key "$root"/etc/ssh/ssh_host_*_key.pub
rm -f "$root"/var/lib/dpkg/*-old "$root"/var/cache/debconf/*-old "$root"/var/cache/ldconfig/aux-cache
rm -f "$root"/etc/passwd- "$root"/etc/group- "$root"/etc/shadow- "$root"/etc/gshadow-
rm -f "$root"/var/lib/dbus/machine-id
if [ -e "$root/etc/machine-id" ]; then : > "$root/etc/machine-id"; fi
rm -f "$root/etc/resolv.conf" "$root/etc/hostname"
: > "$root/etc/resolv.conf"
echo localhost > "$root/etc/hostname"
# An engine mounts over this file and over /dev. Made by the engine, they have the time of a child's
# build, and no child is the same twice.
: > "$root/etc/hosts"
chmod 644 "$root/etc/resolv.conf" "$root/etc/hostname" "$root/etc/hosts"
"""


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
            hook = folder / "clean"
            hook.write_text("#!/bin/sh\n" + _CLEAN)
            hook.chmod(0o755)
            # In unshare mode mmdebstrap makes its root as another user: TMPDIR must let it in.
            folder.chmod(0o755 if os.geteuid() == 0 else 0o1777)
            made = target.with_name(f".{target.name}.partial")
            argv = [
                tool,
                f"--mode={'root' if os.geteuid() == 0 else 'unshare'}",
                f"--variant={request.variant}",
                f"--architectures={request.architecture}",
                "--format=tar",
                # Engines make their own devices; an image with device nodes needs root to unpack.
                "--skip=output/dev",
                f"--customize-hook={hook}",
                *([f"--include={','.join(request.packages)}"] if request.packages else []),
                "--",
                request.suite,
                str(made),
                *(archive.line(request.components) for archive in archives(request.suite, request.mirror)),
            ]
            environment = process.environment(
                SOURCE_DATE_EPOCH=str(request.source_date_epoch), TMPDIR=str(folder), LC_ALL="C.UTF-8"
            )
            # Debian's maintainer scripts expect the system's folders, whatever the worker's PATH.
            environment["PATH"] = environment.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin"
            try:
                outcome = process.run(
                    argv, timeout_seconds=request.timeout_seconds, log=log, env=environment, keep_open=[lock]
                )
                if outcome.code != 0:
                    raise _failed(request, outcome)
                _add_dev(made, request.source_date_epoch)
                made.replace(target)
            finally:
                made.unlink(missing_ok=True)


def _add_dev(archive: Path, mtime: int) -> None:
    """``/dev`` without devices: a mount point (mmdebstrap leaves out the folder with them)."""
    with tarfile.open(archive, "a", format=tarfile.GNU_FORMAT) as tar:
        entry = tarfile.TarInfo("./dev")
        entry.type, entry.mode, entry.mtime = tarfile.DIRTYPE, 0o755, mtime
        tar.addfile(entry)


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
