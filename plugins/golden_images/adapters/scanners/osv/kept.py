"""What was read of a database, for the next process: reading an archive takes seconds, this a moment.

By the database's digest and by the matcher that read it; whole, or not there. A disk errs, so its digest
stands before it; and only what nobody else can write to is believed.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from golden_images.adapters.scanners.osv.version import version
from golden_images.core.osv.index import Index, packed, unpacked
from golden_images.files import cache_folder, write_atomically

#: Files that stay: each ecosystem's, of the current database and of some before it.
KEPT = 8


def kept(digest: str, ecosystem: str, make: Callable[[], Index]) -> Index:
    """``make``'s index, made now or earlier. ``digest``: of the database."""
    folder = cache_folder("osv-index")
    name = hashlib.sha256(f"{digest} {ecosystem} {version()}".encode()).hexdigest()
    path = folder / f"{name}.index"
    # Without a cache the same is done, more slowly.
    with suppress(OSError, ValueError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _read(path)
    made = make()
    with suppress(OSError):
        content = packed(made)
        write_atomically(path, hashlib.sha256(content).digest() + content)
        _sweep(folder)
    return made


def _read(path: Path) -> Index:
    """Raises OSError and ValueError."""
    for one in (path.parent, path):
        status = one.lstat()
        if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise ValueError(f"others may write to {one}")
    content = memoryview(path.read_bytes())
    digest, content = content[:32], content[32:]
    if hashlib.sha256(content).digest() != digest:
        raise ValueError(f"{path} is not what was written")
    os.utime(path)
    return unpacked(content)


def _sweep(folder: Path) -> None:
    found = sorted(folder.glob("*.index"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in found[KEPT:]:
        path.unlink(missing_ok=True)
