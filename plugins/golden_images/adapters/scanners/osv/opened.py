"""A database of OSV archives as it lies on a worker: each ecosystem is read when it is first asked for, once
in a process, and kept for the next one."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from threading import Lock

from golden_images.adapters.scanners.osv.kept import kept
from golden_images.core.osv.archive import members
from golden_images.core.osv.index import Index, index
from golden_images.core.osv.matching import Matcher
from golden_images.core.osv.record import Record, read
from golden_images.errors import ToolError
from golden_images.ports.scanning import Mounted

#: As OSV publishes them, and as osv-scanner looks for them.
ARCHIVE = "all.zip"
#: Databases that a process keeps read: the current one, and one that it is compared with.
_KEPT = 2


class Opened:
    """Raises ToolError where an archive cannot be read."""

    def __init__(self, digest: str, folder: Path) -> None:
        self._digest = digest
        self._folder = folder
        self._read: dict[str, Index | None] = {}
        self._lock = Lock()
        self.matcher = Matcher(self.index)

    def index(self, ecosystem: str) -> Index | None:
        """None where the database holds none of it."""
        with self._lock:
            if ecosystem not in self._read:
                path = self._folder / ecosystem / ARCHIVE
                self._read[ecosystem] = self._index(ecosystem, path) if path.is_file() else None
            return self._read[ecosystem]

    def _index(self, ecosystem: str, path: Path) -> Index:
        return kept(self._digest, ecosystem, lambda: index(ecosystem, _records(path)))


def opened(database: Mounted) -> Opened:
    return _opened(database.about.digest, database.folder)


@lru_cache(maxsize=_KEPT)
def _opened(digest: str, folder: Path) -> Opened:
    return Opened(digest, folder)


def _records(path: Path) -> Iterator[Record | str]:
    try:
        with zipfile.ZipFile(path) as archive:
            for name, content in members(archive):
                yield _record(name, content)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise ToolError(
            f"{path.parent.name}/{path.name} of the osv database cannot be read",
            endpoint=str(path),
            cause=str(error),
            remedy="import the database anew: golden-images advisories import",
        ) from error


def _record(name: str, content: bytes) -> Record | str:
    try:
        return read(content)
    except ValueError as error:
        return f"{name}: {error}"
