"""The binary packages of a Debian archive, and what is inside one: everything by the checksums that its
signed release files lead to.

Source: deb(5), deb822(5), Debian Policy 12.7 (changelogs); the repository format names the fields.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from golden_images.adapters.debian.fetch import Fetcher
from golden_images.core.versions.debian import compare
from golden_images.errors import IntegrityError

#: Of one package as it is stored, and of all that is unpacked to find a file in it.
MOST_BYTES = 160 * 1024 * 1024
_MOST_UNPACKED = 2 * 1024 * 1024 * 1024
#: Of one file in it.
_MOST_OF_A_FILE = 8 * 1024 * 1024
_MAGIC = b"!<arch>\n"
_HEADER = 60
_WANTED = frozenset({"Package", "Version", "Source", "Filename", "Size", "SHA256"})


@dataclass(frozen=True, slots=True)
class Deb:
    """One binary package that the archive offers."""

    name: str
    version: str
    source: str
    source_version: str
    #: The archive's address, and the package's path below it.
    uri: str
    path: str
    size: int
    sha256: str
    #: ``bookworm-security``: where it is.
    release: str

    @property
    def secures(self) -> bool:
        """Whether it came as a security update."""
        return self.release.endswith("-security")


def parse(text: str) -> dict[str, list[str]]:
    """Of a Packages file, by name in its order, the newest: version, source, the source's version, path,
    size and checksum."""
    found: dict[str, list[str]] = {}
    for stanza in text.split("\n\n"):
        fields = dict(_fields(stanza))
        name, version = fields.get("Package", ""), fields.get("Version", "")
        if not name or not version or (name in found and compare(version, found[name][0]) <= 0):
            continue
        source, _, of = fields.get("Source", "").partition(" ")
        found[name] = [
            version,
            source or name,
            of.strip("()") or version,
            fields.get("Filename", ""),
            fields.get("Size", "0"),
            fields.get("SHA256", ""),
        ]
    return found


def deb(name: str, row: Sequence[str], uri: str, release: str) -> Deb:
    """By a row of :func:`parse`."""
    version, source, source_version, path, size, sha256 = row
    return Deb(name, version, source, source_version, uri, path, int(size), sha256, release)


def _fields(stanza: str) -> Iterator[tuple[str, str]]:
    for line in stanza.split("\n"):
        name, colon, value = line.partition(": ")
        if colon and name in _WANTED:
            yield name, value.strip()


def content(deb: Deb, fetch: Fetcher) -> bytes:
    """Raises IntegrityError where the archive gives something else than what it signed for, ValueError for
    a package of more than :data:`MOST_BYTES`."""
    if deb.size > MOST_BYTES:
        raise ValueError(f"it has {deb.size} bytes")
    address = f"{deb.uri}/{deb.path}"
    found = fetch.content(address)
    actual = hashlib.sha256(found).hexdigest()
    if actual != deb.sha256:
        raise IntegrityError(
            f"{address} is not what the archive's index lists",
            cause=f"expected sha256 {deb.sha256}, got {actual}",
            remedy="the mirror is being updated or is broken; try again later or use another",
        )
    return found


def files(content: bytes, wanted: Callable[[PurePosixPath], bool]) -> dict[PurePosixPath, bytes | str]:
    """Of a ``.deb``, by path from the root, the files that are ``wanted``; a link is a text, its target.
    Raises ValueError for what is no package, or unpacks to more than it may."""
    found: dict[PurePosixPath, bytes | str] = {}
    try:
        with tarfile.open(fileobj=_data(content), mode="r|*") as archive:
            for member in archive:
                if archive.offset > _MOST_UNPACKED:
                    raise ValueError("it unpacks to more than any package does")
                path = PurePosixPath("/", member.name)
                if not wanted(path):
                    continue
                if member.issym():
                    found[path] = member.linkname
                elif member.isfile() and (file := archive.extractfile(member)):
                    found[path] = file.read(_MOST_OF_A_FILE)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ValueError(f"it cannot be unpacked: {error}") from error
    return found


def _data(content: bytes) -> IO[bytes]:
    """The member of an ``ar`` archive that holds the files."""
    if not content.startswith(_MAGIC):
        raise ValueError("it is no Debian package")
    at = len(_MAGIC)
    while at + _HEADER <= len(content):
        header = content[at : at + _HEADER]
        name, size = header[:16].decode("ascii", "replace").strip().rstrip("/"), int(header[48:58])
        at += _HEADER
        if name.startswith("data.tar"):
            return io.BytesIO(content[at : at + size])
        at += size + size % 2
    raise ValueError("it has no data")
