"""Files that are there whole or not at all."""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_folder(name: str) -> Path:
    """``golden-images/<name>`` in the user's cache folder (XDG base directories). What is in it may be
    shared and may be deleted at any time."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "golden-images" / name


def write_atomically(path: Path, content: bytes) -> None:
    """Readers see the old content or the new; parent folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)


@contextmanager
def one_at_a_time(lock: Path, seconds: float) -> Iterator[None]:
    """Among all processes of this machine, so that the next one finds what the first one made.

    Nobody waits for longer than ``seconds``: work done twice is better than none.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + seconds
    with lock.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    break
                time.sleep(0.05)
        yield
