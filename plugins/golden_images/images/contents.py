"""What a build context holds, file by file: which part makes bytes, and what has changed."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from golden_images.core.digest import Digest, canonical_json
from golden_images.images import context

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Contents:
    """By path what stands there: kind, mode and the content's hash, or a link's target."""

    files: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Empty if there is nothing."""
        return str(Digest.of(canonical_json(dict(self.files)))) if self.files else ""

    def only(self, folder: str, *, inside: bool) -> Contents:
        """The part below ``folder``, which belongs to it, or all the rest."""
        root = PurePosixPath(folder)
        kept = {
            path: what
            for path, what in self.files.items()
            if PurePosixPath(path).is_relative_to(root) is inside
        }
        return Contents(kept)

    def changed(self, before: Contents) -> list[str]:
        """``Dockerfile``, ``motd added``, ``old removed``; by path, folders left out."""
        told = []
        for path in sorted({*self.files, *before.files}):
            was, now = before.files.get(path), self.files.get(path)
            if was != now and "d" not in {was, now}:
                told.append(path if was and now else f"{path} {'added' if now else 'removed'}")
        return told


def of_folder(folder: Path) -> Contents:
    """Raises InputError as :func:`golden_images.images.context.archive` does."""
    found = {}
    for path, member in context.members(folder):
        if member.isreg():
            with path.open("rb") as file:
                found[member.name] = _entry(member, file)
        else:
            found[member.name] = _entry(member, None)
    return Contents(found)


def of_archive(archive: IO[bytes]) -> Contents:
    """The same for an archive of ours."""
    with tarfile.open(fileobj=archive, mode="r:") as tar:
        return Contents(
            {
                member.name: _entry(member, tar.extractfile(member) if member.isreg() else None)
                for member in tar
            }
        )


def split(contents: Contents, suite: str, *, bootstrap: bool) -> tuple[Contents, Contents]:
    """What makes bytes, and what tests them: the folder ``suite``, if there is one. A root base is made
    from no file of its context."""
    if bootstrap:
        return Contents({}), contents
    if not suite:
        return contents, Contents({})
    return contents.only(suite, inside=False), contents.only(suite, inside=True)


def _entry(member: tarfile.TarInfo, file: IO[bytes] | None) -> str:
    if file is None:
        return f"l {member.linkname}" if member.issym() else "d"
    hashing = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        hashing.update(chunk)
    return f"f {member.mode:o} {hashing.hexdigest()}"
