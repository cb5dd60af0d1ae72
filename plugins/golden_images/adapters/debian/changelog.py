"""Which CVEs a Debian package's changelog names, and since which version.

A mention is taken for a fix: that is how Debian's changelogs are written, and few of them mention one that
is none.

Source: Debian Policy 4.4 (debian/changelog).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate_to_datetime

from golden_images.core.versions.debian import newer

_HEAD = re.compile(r"[a-z0-9][a-z0-9+.-]* \(([^() \t]+)\) .*;.*")
_CVE = re.compile(r"\bCVE-\d{4}-\d{4,19}\b")


@dataclass(frozen=True, slots=True)
class Entry:
    """One version, and what it says that it mends."""

    version: str
    cves: tuple[str, ...]
    #: None where it cannot be read.
    at: date | None


def parse(text: str) -> tuple[Entry, ...]:
    """The newest first, as they stand."""
    entries: list[Entry] = []
    version, at, cves = "", None, list[str]()
    for line in (*text.splitlines(), "end (0) end; end"):
        if head := _HEAD.fullmatch(line):
            if version:
                entries.append(Entry(version, tuple(dict.fromkeys(cves)), at))
            version, at, cves = head[1], None, []
        elif line.startswith(" -- "):
            at = _date(line)
        elif "CVE-" in line:
            cves += _CVE.findall(line)
    return tuple(entries)


def _date(line: str) -> date | None:
    try:
        return parsedate_to_datetime(line.rpartition(">")[2].strip()).date()
    except (ValueError, TypeError, IndexError):
        return None


def mended(entries: Iterable[Entry], since: str) -> dict[str, Entry]:
    """By CVE the first version after ``since`` that mends it. What an older one names is mended in
    ``since`` already."""
    found: dict[str, Entry] = {}
    known: set[str] = set()
    for entry in entries:
        if newer(entry.version, since):
            found |= dict.fromkeys(entry.cves, entry)
        else:
            known |= set(entry.cves)
    return {cve: entry for cve, entry in found.items() if cve not in known}
