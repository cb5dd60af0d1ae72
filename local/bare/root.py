"""A minimal Debian root: made once by mmdebstrap, unpacked anew for every command."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.bare import machine
from local.console import run, step

SUITES = ("bookworm", "trixie")
#: What is on it beside what every Debian has.
PACKAGES = ("ca-certificates", "git", "make", "python3")
#: Where the clone of the project is, inside.
PROJECT = "/srv/golden-images"
_FRESH = 7 * 86400.0


def image(suite: str, cache: Path, log: Path) -> Path:
    """The root's tar; made if there is none of the last seven days, and renamed when complete."""
    how = [
        "mmdebstrap", "--mode=root", "--variant=minbase", "--format=tar", f"--include={','.join(PACKAGES)}",
    ]  # fmt: skip
    how += [f"--aptopt={line.rstrip(';')}" for line in machine.apt_settings(machine.apt_dump())]
    key = hashlib.sha256("\0".join([*how, *machine.sources(suite)]).encode()).hexdigest()[:12]
    tar = cache / f"{suite}-{key}.tar"
    if tar.exists() and time.time() - tar.stat().st_mtime < _FRESH:
        return tar
    cache.mkdir(parents=True, exist_ok=True)
    partial = cache / f".{tar.name}.{os.getpid()}"
    with step(f"Debian {suite}, minimal, by mmdebstrap") as progress:
        try:
            run([*how, suite, str(partial), *machine.sources(suite)], log=log, timeout=1800)
            partial.replace(tar)
        finally:
            partial.unlink(missing_ok=True)
        for old in cache.glob(f"{suite}-*.tar"):
            if old != tar:
                old.unlink()
        progress.note = f"{tar.stat().st_size / 1e6:.0f} MB"
    return tar


@contextmanager
def unpacked(tar: Path, cache: Path, project: Path) -> Iterator[Path]:
    """A fresh root with a fresh clone of ``project``'s HEAD; removed at the end. What a killed command
    left is removed by the next."""
    _sweep(cache)
    folder = cache / f"run-{os.getpid()}"
    folder.mkdir(mode=0o700)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        root = folder / "root"
        try:
            root.mkdir()
            with step(f"A fresh root and a fresh clone: {tar.name}"):
                subprocess.run(
                    ["tar", "--extract", "--file", tar, "--directory", root, "--numeric-owner"], check=True
                )
                clone = ["git", "clone", "--quiet", "--no-hardlinks", str(project), f"{root}{PROJECT}"]
                subprocess.run(clone, check=True)
                machine.settle(root)
            yield root
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _sweep(cache: Path) -> None:
    for folder in cache.glob("run-*"):
        try:
            with (folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue
