"""The records of one ecosystem in one zip (``Debian/all.zip``), read within bounds."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

#: Of one record, of all, and how many; the largest known archive has a fifth of each.
MOST_RECORD = 16 * 1024**2
MOST_BYTES = 16 * 1024**3
MOST_RECORDS = 2_000_000

_MEMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,200}\.json")


def members(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """Name and content of each record. Raises ValueError."""
    listed = archive.infolist()
    if len(listed) > MOST_RECORDS:
        raise ValueError(f"it has {len(listed)} records, at most {MOST_RECORDS} are taken")
    if sum(one.file_size for one in listed) > MOST_BYTES:
        raise ValueError(f"unpacked it has over {MOST_BYTES} bytes")
    names: set[str] = set()
    for one in listed:
        if not _MEMBER.fullmatch(one.filename) or one.flag_bits & 1:
            raise ValueError(f"{one.filename[:80]!r} is no record")
        if one.filename in names:
            raise ValueError(f"it has {one.filename} twice")
        if one.file_size > MOST_RECORD:
            raise ValueError(f"{one.filename} has {one.file_size} bytes, at most {MOST_RECORD} are taken")
        names.add(one.filename)
        # Not more than it says, whatever comes out.
        with archive.open(one) as file:
            content = file.read(one.file_size + 1)
        if len(content) != one.file_size:
            raise ValueError(f"{one.filename} has another length than it says")
        yield one.filename, content
