"""What a folder or a file is: which database, in which of its forms."""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from golden_images.advisories.content import Content
from golden_images.advisories.formats import epss, grype, kev, osv, trivy
from golden_images.advisories.formats.reading import broken
from golden_images.core.advisories import EPSS, GRYPE, KEV, NAMES, OSV, TRIVY
from golden_images.errors import InputError

#: Of an archive that holds a database, unpacked; the largest known has a sixth of it.
MOST_BYTES = 12 * 1024**3
#: Of what a tar says of its files.
MOST_AT_ONCE = 1 << 20
_MOST_MEMBERS = 64
_LOOK = 4096

_Read = Callable[[Path, Path], Content]


def read(path: Path, work: Path, name: str = "", ecosystem: str = "") -> Content:
    """A database, read whole and found sound. ``name`` is what it has to be, by default what it is;
    ``ecosystem`` that of OSV records. ``work`` is an empty folder for what is made on the way, which the
    result may point into.

    Raises InputError for what is none, or broken.
    """
    try:
        found, reading = _folder(path) if path.is_dir() else _file(path, work)
    except (OSError, EOFError, ValueError, zlib.error, tarfile.TarError) as error:
        raise broken(path, str(error)) from None
    except RecursionError:
        raise broken(path, "its headers are about headers without end") from None
    if not found:
        raise InputError(
            f"{path} is no database of advisories that is known here",
            cause=f"known are {', '.join(NAMES)}",
            remedy="OSV: a zip or folder of records; grype, trivy: a folder with its files or a tar of them;"
            " KEV: CISA's JSON or CSV; EPSS: FIRST's CSV",
        )
    if name and name != found:
        raise InputError(f"{path} is a database of {found}, not of {name}")
    if ecosystem and found != OSV:
        raise InputError(f"{path} is a database of {found}, which has no ecosystems")
    if found == OSV:
        if path.is_dir():
            return osv.folder(path, work, ecosystem)
        return osv.archive(path, ecosystem)
    return reading(path, work)


def _folder(path: Path) -> tuple[str, _Read]:
    for name, file, below, reading in (
        (GRYPE, grype.DATABASE, str(grype.SCHEMA), grype.database),
        (TRIVY, trivy.DATABASE, trivy.FOLDER, trivy.database),
    ):
        if (path / file).is_file() or (path / below / file).is_file():
            return name, reading
    records = next(path.glob("*.json"), None) or next(path.glob("*/*.json"), None)
    return (OSV if records or next(path.glob("*/all.zip"), None) else ""), _none


def _file(path: Path, work: Path) -> tuple[str, _Read]:
    if zipfile.is_zipfile(path):
        return OSV, _none
    with path.open("rb") as file:
        start = file.read(_LOOK)
    packed = start[:2] == b"\x1f\x8b"
    if packed:
        with gzip.open(path) as unpacked:
            start = unpacked.read(_LOOK)
    if start[257:262] == b"ustar":
        folder = _unpacked(path, work)
        name, reading = _folder(folder)
        # Records travel as a zip.
        return ("" if name == OSV else name), lambda _, below: reading(folder, below)
    text = start.decode("utf-8", "replace").lstrip("\ufeff").lstrip()
    if not packed and text.startswith("{") and "vulnerabilities" in text:
        return KEV, kev.catalog
    if not packed and text.splitlines()[:1] and {"cveID", "dateAdded"} <= {*text.splitlines()[0].split(",")}:
        return KEV, kev.table
    if text.startswith("#") and "model_version" in text:
        return EPSS, epss.scores
    return "", _none


def _unpacked(path: Path, work: Path) -> Path:
    """The files of a tar archive, flat: a database's are two. Raises ValueError."""
    folder = work / "unpacked"
    folder.mkdir()
    left = MOST_BYTES
    with _opened(path) as opened, tarfile.open(fileobj=opened, mode="r:") as archive:
        for number, member in enumerate(archive):
            if number >= _MOST_MEMBERS:
                raise ValueError(f"it has over {_MOST_MEMBERS} files")
            name = Path(member.name).name
            if not member.isreg() or name not in {
                *(grype.DATABASE, grype.DESCRIPTION),
                *(trivy.DATABASE, trivy.DESCRIPTION),
            }:
                continue
            left -= member.size
            if left < 0 or (folder / name).exists():
                raise ValueError(f"{name} is there twice, or unpacked it has over {MOST_BYTES} bytes")
            content = archive.extractfile(member)
            if content is not None:
                with (folder / name).open("wb") as file:
                    shutil.copyfileobj(content, file, 1 << 20)
    return folder


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with gzip.open(path) if packed else path.open("rb") as content:
        yield cast(IO[bytes], _Bounded(content))


class _Bounded:
    """tarfile takes a long name or a header in one piece, whatever size it says, and passes over files that
    nobody asked for: packed, some megabytes are gigabytes of memory, or hours."""

    def __init__(self, file: gzip.GzipFile | io.BufferedReader) -> None:
        self._file = file
        self.tell = file.tell

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= MOST_AT_ONCE:
            raise ValueError(f"a header of it wants {size} bytes at once")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET or not 0 <= offset <= MOST_BYTES:
            raise ValueError(f"unpacked it has over {MOST_BYTES} bytes")
        return self._file.seek(offset)


def _none(_: Path, __: Path) -> Content:
    raise ValueError("nothing reads this")
