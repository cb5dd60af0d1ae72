"""A task's temporary files in one folder that its next try recognises and removes."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "golden-images-task-"


def place(owner: str) -> Path:
    """The folder of ``owner``, whether it exists or not."""
    name = hashlib.sha256(owner.encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"{_PREFIX}{name}"


@contextmanager
def workspace(owner: str) -> Iterator[Path]:
    """While it is open, this process and what it starts keep temporary files in the yielded folder.

    ``owner`` is ``<dag>/<run>/<task>``: Airflow never runs two tries of one task at once, so whatever
    is in its folder was left by a try that was killed.
    """
    folder = place(owner)
    shutil.rmtree(folder, ignore_errors=True)
    # Tools that drop their privileges (apt's sandbox) have to pass through.
    folder.mkdir(mode=0o711)
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    inherited = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = before
        if inherited is None:
            os.environ.pop("TMPDIR", None)
        else:
            os.environ["TMPDIR"] = inherited
        shutil.rmtree(folder, ignore_errors=True)
