"""The build context as one canonical archive: the same files always give the same digest."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import stat
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from golden_images.core.digest import Digest
from golden_images.errors import InputError, IntegrityError

#: 1980-01-01, the earliest time a zip archive can hold; file times are no part of a context.
_MTIME = 315532800
#: Never part of a context: caches that running the tests by hand leaves behind.
_LEFT_OUT = frozenset({"__pycache__", ".pytest_cache", ".git", ".DS_Store"})
_READ_ONLY, _EXECUTABLE = 0o644, 0o755


def archive(folder: Path, target: IO[bytes]) -> Digest:
    """Writes ``folder`` to ``target`` as an uncompressed GNU tar and returns its digest.

    Names are sorted, owners are root, times are fixed, modes are 0644 or 0755. Raises InputError
    for a folder that is missing, a link that leaves it, and anything that is no file or folder.
    """
    hashing = _Hashing(target)
    # PAX headers are not possible: BuildKit takes such an archive for a Dockerfile.
    with tarfile.open(fileobj=hashing, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path, member in members(folder):
            if member.isreg():
                with path.open("rb") as file:
                    tar.addfile(member, file)
            else:
                tar.addfile(member)
    return hashing.digest()


def digest_of(folder: Path) -> Digest:
    """The digest that :func:`archive` would return; keeps nothing."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device
        return archive(folder, nowhere)


def extract(archive: BinaryIO, target: Path) -> None:
    """Unpacks an archive of ours below ``target``. Raises IntegrityError for a member that would
    leave it or that an archive of ours cannot hold.

    Written out because the Python of Debian 12 has no extraction filters yet.
    """
    with tarfile.open(fileobj=archive, mode="r:") as tar:
        for member in tar:
            place = target / member.name
            within = _inside(place.parent, target) and ".." not in place.parts
            if member.issym():
                within = within and _inside(place.parent / member.linkname, target)
            if not within or not (member.isreg() or member.isdir() or member.issym()):
                raise IntegrityError(
                    f"the build context holds {member.name!r}, which leaves it or is no file"
                )
            if member.isdir():
                place.mkdir(exist_ok=True)
            elif member.issym():
                place.symlink_to(member.linkname)
            else:
                source = tar.extractfile(member)
                assert source is not None
                with place.open("wb") as file:
                    shutil.copyfileobj(source, file)
                place.chmod(member.mode & 0o777)


def _inside(path: Path, folder: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


@contextmanager
def sent(
    archive: BinaryIO, left_out: str, rewritten: Mapping[str, Callable[[bytes], bytes]] | None = None
) -> Iterator[BinaryIO]:
    """What an engine is sent of ``archive``, as a temporary file: all but the folder ``left_out`` (the
    tests; none: whole), the files of ``rewritten`` with what its functions make of them. Raises InputError
    where one of these is no file: an engine follows links, and looks for other names."""
    changes = {PurePosixPath(path): change for path, change in (rewritten or {}).items()}
    with tempfile.TemporaryFile(prefix="golden-images-context-") as result:
        with (
            tarfile.open(fileobj=archive, mode="r:") as source,
            tarfile.open(fileobj=result, mode="w", format=tarfile.GNU_FORMAT) as tar,
        ):
            for member in source:
                path = PurePosixPath(member.name)
                if left_out and path.is_relative_to(left_out):
                    continue
                file = source.extractfile(member) if member.isreg() else None
                if file is not None and path in changes:
                    content = changes.pop(path)(file.read())
                    member.size, file = len(content), io.BytesIO(content)
                tar.addfile(member, file)
        if changes:
            raise InputError(
                f"{min(changes)} is no file of the build context",
                cause="it is not there, a link, or below one",
                remedy="put the file itself where the definition names it",
            )
        result.seek(0)
        yield result


def members(folder: Path) -> Iterator[tuple[Path, tarfile.TarInfo]]:
    """What :func:`archive` takes from ``folder``, in its order. Raises InputError as it does."""
    if not folder.is_dir():
        raise InputError(
            f"{folder}: there is no such build context",
            remedy="create the folder, or set build.context to the one that is meant",
        )
    for path in _walk(folder):
        yield path, _member(folder, path)


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name in _LEFT_OUT:
            continue
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)


def _member(folder: Path, path: Path) -> tarfile.TarInfo:
    info = tarfile.TarInfo(path.relative_to(folder).as_posix())
    info.mtime = _MTIME
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        # realpath, because Path.resolve() raises on a ring of links before Python 3.13.
        ring = Path(os.path.realpath(path)).is_symlink()
        if ring or not _inside(path, folder) or path.readlink().is_absolute():
            raise InputError(
                f"{path}: the link leaves the build context or leads nowhere",
                cause=f"it points to {path.readlink()}",
                remedy="copy the file into the context",
            )
        info.type, info.linkname = tarfile.SYMTYPE, path.readlink().as_posix()
        info.mode = 0o777
    elif stat.S_ISDIR(status.st_mode):
        info.type, info.mode = tarfile.DIRTYPE, _EXECUTABLE
    elif stat.S_ISREG(status.st_mode):
        info.size = status.st_size
        info.mode = _EXECUTABLE if status.st_mode & stat.S_IXUSR else _READ_ONLY
    else:
        raise InputError(f"{path}: a build context holds files, folders and links only")
    return info


class _Hashing(io.RawIOBase):
    """Passes writes on and hashes them."""

    def __init__(self, target: IO[bytes]) -> None:
        super().__init__()
        self._target = target
        self._hash = hashlib.sha256()
        self._position = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._hash.update(data)
        self._target.write(data)
        self._position += len(data)
        return len(data)

    def tell(self) -> int:
        return self._position

    def digest(self) -> Digest:
        return Digest(f"sha256:{self._hash.hexdigest()}")
