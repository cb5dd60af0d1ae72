"""Known exploited vulnerabilities: CISA's list as JSON or CSV, kept as the day on which each was added."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from golden_images.advisories.content import Content, Part
from golden_images.advisories.formats import listing
from golden_images.advisories.formats.reading import CVE, broken, file_of, load, time_of
from golden_images.core.advisories import KEV
from golden_images.errors import InputError

FILE = "kev.csv"
#: The list has one and a half million.
MOST_BYTES = 64 * 1024**2


def catalog(path: Path, work: Path) -> Content:
    """CISA's JSON, with its own version and time. Raises InputError."""
    try:
        value = load(file_of(path, MOST_BYTES))
        if not isinstance(value, dict) or not isinstance(value.get("vulnerabilities"), list):
            raise ValueError("it has no list of vulnerabilities")
        rows = value["vulnerabilities"]
        if value.get("count") != len(rows):
            raise ValueError(f"it says {value.get('count')!r} entries, and has {len(rows)}")
        built = time_of(value.get("dateReleased"))
        version = str(value.get("catalogVersion", ""))[:100]
        return _content(_days(rows), version, built, work)
    except ValueError as error:
        raise broken(path, str(error)) from None


def table(path: Path, work: Path) -> Content:
    """CISA's CSV, which names no time: it is as new as its newest entry. Raises InputError."""
    try:
        days = _days(csv.DictReader(io.StringIO(file_of(path, MOST_BYTES).decode("utf-8-sig")), strict=True))
        newest = max(days.values(), default=date.min)
        return _content(days, "", datetime.combine(newest, datetime.min.time(), UTC), work)
    except (ValueError, csv.Error) as error:
        raise broken(path, str(error)) from None


def exploited(folder: Path | None) -> Mapping[str, date]:
    """Since when, by CVE, of a mounted database; nothing where there is none."""
    return _Days(folder / FILE) if folder else {}


class _Days(Mapping[str, date]):
    def __init__(self, path: Path) -> None:
        self._listing = listing.Listing(path)

    def __getitem__(self, id_: str) -> date:
        return date.fromisoformat(self._listing[id_])

    def __iter__(self) -> Iterator[str]:
        return iter(self._listing)

    def __len__(self) -> int:
        return len(self._listing)


def _days(rows: Iterable[Any]) -> dict[str, date]:
    found: dict[str, date] = {}
    for number, row in enumerate(rows, start=1):
        id_, added = (row.get("cveID"), row.get("dateAdded")) if isinstance(row, dict) else (None, None)
        if not isinstance(id_, str) or not CVE.fullmatch(id_) or not isinstance(added, str):
            raise ValueError(f"entry {number} has no CVE or no day on which it was added")
        if id_ in found:
            raise ValueError(f"it has {id_} twice")
        found[id_] = date.fromisoformat(added)
    return found


def _content(days: Mapping[str, date], version: str, built: datetime, work: Path) -> Content:
    if any(day > built.date() for day in days.values()):
        raise InputError(
            "this kev database names days after the one that it was made on",
            remedy="fetch it anew; nothing was imported",
        )
    file = listing.write(work / FILE, {id_: day.isoformat() for id_, day in days.items()})
    return Content(KEV, version, (Part(FILE, file, built, len(days)),))
