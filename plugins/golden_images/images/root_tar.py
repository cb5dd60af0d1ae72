"""A root file system's tar in the one form that a layer has, whatever release of a tool wrote it.

Engines refuse a path that comes twice; numbers, not names, tell an owner; a time is whole seconds. The
order of the entries stays, since a hard link follows its file. A folder's time tells when something in it
was moved, which is the tool's doing: all have the latest.

Source: OCI image specification v1.1, ``layer.md``; tar(5) on pax and SCHILY.xattr.
"""

from __future__ import annotations

import posixpath
import tarfile
from pathlib import Path
from typing import IO, Protocol, cast

from golden_images.errors import IntegrityError

_XATTR = "SCHILY.xattr."
_DEV = "./dev"


class Sink(Protocol):
    def write(self, content: bytes, /) -> object: ...


def rewrite(source: Path, sink: Sink, *, epoch: int) -> None:
    """Writes the uncompressed tar ``source`` to ``sink``; no time in it is later than ``epoch``.

    Of a folder that comes twice the first entry counts. Raises IntegrityError for anything else that
    does. ``/dev`` is an empty folder at the end: engines mount over it, and devices need root to unpack.
    """
    seen: set[str] = set()
    with (
        tarfile.open(source, "r:") as old,
        tarfile.open(mode="w|", fileobj=cast(IO[bytes], sink), format=tarfile.PAX_FORMAT) as new,
    ):
        for member in old:
            path = _path(member.name)
            if path == _DEV or path.startswith(f"{_DEV}/"):
                continue
            if path in seen:
                if member.isdir():
                    continue
                raise IntegrityError(
                    f"the root file system has {path[1:]} twice",
                    cause="its tar has two entries of one path, and engines refuse such a layer",
                    remedy="use a release of mmdebstrap that writes each path once",
                )
            seen.add(path)
            new.addfile(_plain(member, path, epoch), _content(old, member))
        new.addfile(_folder(_DEV, epoch))


def _path(name: str) -> str:
    """``./etc/passwd``; ``.`` for the root itself."""
    path = posixpath.normpath(f"./{name.strip('/')}")
    return path if path == "." else f"./{path}"


def _plain(member: tarfile.TarInfo, path: str, epoch: int) -> tarfile.TarInfo:
    made = tarfile.TarInfo(path)
    made.type, made.mode, made.linkname = member.type, member.mode, member.linkname
    made.uid, made.gid = member.uid, member.gid
    made.size = member.size if member.isreg() else 0
    made.mtime = epoch if member.isdir() else min(int(member.mtime), epoch)
    made.devmajor, made.devminor = member.devmajor, member.devminor
    made.pax_headers = {key: text for key, text in member.pax_headers.items() if key.startswith(_XATTR)}
    return made


def _folder(path: str, epoch: int) -> tarfile.TarInfo:
    made = tarfile.TarInfo(path)
    made.type, made.mode, made.mtime = tarfile.DIRTYPE, 0o755, epoch
    return made


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes] | None:
    return archive.extractfile(member) if member.isreg() else None
