"""A database on this worker: fetched by digest, verified to the byte, kept for the next scan.

The folder holds a few databases by digest; what another process uses stays. One that is there was moved there
whole, and is read through once more before anybody believes it: a disk errs, and others may write to it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from golden_images.advisories.artifact import Artifact, Layer
from golden_images.advisories.store import Store
from golden_images.core.advisories import AdvisoryDatabase
from golden_images.errors import IntegrityError, ServiceError
from golden_images.files import cache_folder, one_at_a_time
from golden_images.ports.scanning import Mounted

#: Databases that stay on a worker: each scanner's current one, and some of the past.
KEPT = 8
#: Of one database; the largest that is known has a sixth of it.
MOST_BYTES = 12 * 1024**3
#: For the whole of one database.
WHOLE_SECONDS = 1800
#: What a process that was killed left unfinished.
_STALE_SECONDS = 86400
_CHUNK = 1 << 20

#: Files that this process has read through, with size and time: the scans of one task ask many times.
_read: dict[Path, tuple[str, int, int]] = {}


@contextmanager
def mounted(store: Store, database: AdvisoryDatabase, folder: Path | None = None) -> Iterator[Mounted]:
    """The files of ``database`` as they were imported, to read; until then nobody removes them. They lie as
    their scanners look for them: ``Debian/all.zip``, ``6/vulnerability.db`` and ``6/import.json``,
    ``db/trivy.db`` and ``db/metadata.json``, ``kev.csv``, ``epss.csv``. A program that also writes gets a
    folder of its own, with links.

    ``folder`` is the worker's, by default in the user's cache. Raises IntegrityError where the registry
    holds something else than was imported, RegistryError where it does not answer, ServiceError where this
    worker cannot keep it.
    """
    with ExitStack() as held:
        try:
            place = held.enter_context(_kept(store, database, folder or cache_folder("advisories")))
        except OSError as error:
            raise ServiceError(
                f"this worker cannot keep the {database.name} database",
                endpoint=str(folder or cache_folder("advisories")),
                cause=str(error),
                remedy="check the folder's rights and the room on its disk",
            ) from error
        yield Mounted(database.about, place)


@contextmanager
def _kept(store: Store, database: AdvisoryDatabase, root: Path) -> Iterator[Path]:
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    place = root / database.digest.hex
    with _in_use(place.with_suffix(".use")):
        if not _sound(place, database, store):
            with one_at_a_time(place.with_suffix(".fetch"), WHOLE_SECONDS):
                if not _sound(place, database, store):
                    _fetch(store, database, place)
        os.utime(place)
        _sweep(root)
        yield place


def _sound(place: Path, database: AdvisoryDatabase, store: Store) -> bool:
    if not place.is_dir():
        return False
    held = store.artifact(database)
    return all(_verified(place / layer.path, layer) for layer in held.layers)


def _verified(path: Path, layer: Layer) -> bool:
    try:
        status = path.lstat()
        known = (str(layer.digest), status.st_size, status.st_mtime_ns)
        if _read.get(path) == known:
            return True
        if status.st_size != layer.size or path.is_symlink():
            return False
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return False
    if found != layer.digest.hex:
        return False
    _read[path] = known
    return True


def _fetch(store: Store, database: AdvisoryDatabase, place: Path) -> None:
    held = store.artifact(database)
    size = sum(layer.size for layer in held.layers)
    if size > MOST_BYTES:
        raise IntegrityError(
            f"the {database.name} database {database.digest} is too large",
            cause=f"{size} bytes, at most {MOST_BYTES} are taken",
        )
    part = Path(tempfile.mkdtemp(prefix=f"{place.name}.part-", dir=place.parent))
    try:
        _fill(store, held, part)
        if place.exists():
            # What stood there is not what it was.
            place.rename(tempfile.mkdtemp(prefix=f"{place.name}.part-", dir=place.parent) + "/broken")
        part.rename(place)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _fill(store: Store, held: Artifact, part: Path) -> None:
    end = time.monotonic() + WHOLE_SECONDS
    for layer in held.layers:
        path = part / layer.path
        path.parent.mkdir(parents=True, exist_ok=True)
        left = layer.size
        with path.open("wb") as file, store.registry.open_blob(store.repository, layer.digest) as chunks:
            for chunk in chunks:
                left -= len(chunk)
                if left < 0:
                    raise IntegrityError(f"{store.repository}@{layer.digest} is longer than it says")
                if time.monotonic() > end:
                    raise ServiceError(
                        f"{layer.path} of the {held.name} database took too long",
                        endpoint=store.registry.host,
                        cause=f"not done within {WHOLE_SECONDS} seconds",
                    )
                file.write(chunk)
        if not _verified(path, layer):
            raise IntegrityError(
                f"{store.repository}@{layer.digest} is not what it says", cause="the digest differs"
            )


@contextmanager
def _in_use(lock: Path) -> Iterator[None]:
    """Among any number of users; who removes wants to be alone."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def _sweep(root: Path) -> None:
    """Removes what was used longest ago, and what was never finished."""
    now = time.time()
    whole: list[tuple[float, Path]] = []
    for path in root.iterdir():
        try:
            if path.is_dir() and ".part-" in path.name:
                if now - path.stat().st_mtime > _STALE_SECONDS:
                    shutil.rmtree(path, ignore_errors=True)
            elif path.is_dir():
                whole.append((path.stat().st_mtime, path))
        except FileNotFoundError:
            continue
    for _, path in sorted(whole, reverse=True)[KEPT:]:
        with path.with_suffix(".use").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(path, ignore_errors=True)
