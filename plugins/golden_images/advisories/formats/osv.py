"""OSV: one zip of records an ecosystem, as OSV's own archives and osv-scanner have them.

A scanner that cannot read a record leaves it out and says nothing, so a database with such a record is
refused as a whole. Source: OSV schema 1.7.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from golden_images.advisories.content import Content, Part
from golden_images.advisories.formats.reading import broken, file_of, load, time_of
from golden_images.core.advisories import OSV
from golden_images.core.osv import archive as archives
from golden_images.core.osv.record import Affected, read
from golden_images.core.osv.record import Record as Advisory
from golden_images.errors import InputError

_ARCHIVE = "all.zip"
_ECOSYSTEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,60}")
#: The smallest time that a zip can hold: that of files is no part of the content.
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Record:
    id: str
    modified: datetime
    withdrawn: bool
    #: Without a release: ``Debian`` for ``Debian:12``.
    ecosystems: frozenset[str]


def check(content: bytes) -> Record:
    """Raises ValueError for what is no record, or one that some scanner would leave out: a key twice, a range
    without an event."""
    load(content)
    record = read(content)
    if any(not one.events for block in record.affected or () for one in block.ranges):
        raise ValueError("a range has no events")
    if record.withdrawn is not None:
        time_of(record.withdrawn)
    packages = (block.package for block in record.affected or ())
    return Record(
        id=record.id,
        modified=time_of(record.modified),
        withdrawn=record.withdrawn is not None,
        ecosystems=frozenset(one.ecosystem.partition(":")[0] for one in packages if one) - {""},
    )


def archive(path: Path, ecosystem: str = "") -> Content:
    """A zip of one ecosystem, by default the one that all its records are of. Raises InputError."""
    return Content(OSV, "", (_part(path, path, ecosystem),), merges=True)


def folder(path: Path, work: Path, ecosystem: str = "") -> Content:
    """Records of one ecosystem, or a folder for each ecosystem with records or an ``all.zip``. ``work`` is
    where archives are made. Raises InputError."""
    below = sorted(one for one in path.iterdir() if one.is_dir())
    here = sorted(path.glob("*.json"))
    if here and below:
        raise broken(path, "it has records beside folders of records")
    if here or not below:
        return Content(OSV, "", (_packed(path, here, work, ecosystem),), merges=True)
    parts = [
        _part(one / _ARCHIVE, one, one.name)
        if (one / _ARCHIVE).is_file()
        else _packed(one, sorted(one.glob("*.json")), work, one.name)
        for one in below
    ]
    return Content(OSV, "", tuple(parts), merges=True)


def _part(file: Path, what: Path, ecosystem: str) -> Part:
    try:
        with zipfile.ZipFile(file) as opened:
            return _summed(file, archives.members(opened), what, ecosystem)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise broken(what, str(error)) from None


def _packed(path: Path, files: Sequence[Path], work: Path, ecosystem: str) -> Part:
    """The same records give the same archive."""
    if not files:
        raise broken(path, "it holds no records (*.json)")
    found = {file.name: file_of(file, archives.MOST_RECORD) for file in files}
    made = work / f"{path.name}.zip"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in found.items():
            target.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return _part(made, path, ecosystem)


def _summed(file: Path, records: Iterable[tuple[str, bytes]], what: Path, ecosystem: str) -> Part:
    live, ids, newest = 0, set[str](), None
    common: frozenset[str] | None = None
    for name, content in records:
        try:
            record = check(content)
        except ValueError as error:
            raise broken(what, f"{name}: {error}") from None
        if record.id in ids:
            raise broken(what, f"{name}: {record.id} is there twice")
        ids.add(record.id)
        newest = max(newest or record.modified, record.modified)
        if record.withdrawn:
            continue
        live += 1
        if ecosystem and ecosystem not in record.ecosystems:
            raise broken(what, f"{name}: {record.id} is of no package of {ecosystem}")
        common = record.ecosystems if common is None else common & record.ecosystems
    if newest is None:
        raise broken(what, "it holds no records")
    return Part(f"{_named(what, ecosystem, common)}/{_ARCHIVE}", file, newest, live)


def _named(what: Path, ecosystem: str, common: frozenset[str] | None) -> str:
    found = {ecosystem} if ecosystem else (common or set())
    if len(found) != 1 or not _ECOSYSTEM.fullmatch(name := next(iter(found))):
        raise InputError(
            f"{what} is not of one ecosystem",
            cause=f"what all its records are of: {', '.join(sorted(found)) or 'nothing'}",
            remedy="say which it is of: --ecosystem Debian",
        )
    return name


def about(path: Path, id_: str) -> Iterator[Advisory]:
    """The records of a stored archive that speak of ``id_``, by their own name or by another one."""
    with zipfile.ZipFile(path) as opened:
        for _, content in archives.members(opened):
            if id_.encode() in content:
                record = read(content)
                if id_ in (record.id, *(record.aliases or ()), *(record.upstream or ())):
                    yield record


def affected(one: Affected) -> str:
    """Which versions an entry of ``affected`` means, in words."""
    told: list[str] = []
    for span in one.ranges:
        since = ""
        for event in span.events if span.type != "GIT" else ():
            if event.introduced:
                since = "" if event.introduced == "0" else f"from {event.introduced} "
                told.append(f"{since}not fixed")
            elif told:
                told[-1] = f"{since}{'up to' if event.last_affected else 'before'} {event.version}"
    return "; ".join(told or one.versions)
