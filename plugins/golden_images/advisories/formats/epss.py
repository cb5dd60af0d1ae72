"""EPSS: how probable it is that a vulnerability is exploited within thirty days, by FIRST's daily list.

Its first line names model and day: ``#model_version:v2025.03.14,score_date:2026-11-24T00:00:00+0000``.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from golden_images.advisories.content import Content, Part
from golden_images.advisories.formats import listing
from golden_images.advisories.formats.reading import CVE, broken, file_of, time_of
from golden_images.core.advisories import EPSS

FILE = "epss.csv"
#: The list has ten million, packed or not.
MOST_BYTES = 256 * 1024**2

_FIRST = re.compile(r"#\s*model_version:([A-Za-z0-9.]{1,40}),\s*score_date:(\S{10,40})")
_HEAD = ["cve", "epss", "percentile"]
_SCORE = re.compile(r"[01](\.\d{1,20})?|\d(\.\d{1,20})?[eE]-\d{1,3}")


def scores(path: Path, work: Path) -> Content:
    """CSV, also packed by gzip. Raises InputError."""
    try:
        lines = io.StringIO(_unpacked(file_of(path, MOST_BYTES)).decode(), newline="")
        first = _FIRST.fullmatch(lines.readline().strip())
        if first is None:
            raise ValueError("its first line names no model and no day (#model_version:…,score_date:…)")
        rows = csv.reader(lines, strict=True)
        if next(rows, None) != _HEAD:
            raise ValueError(f"its columns are not {', '.join(_HEAD)}")
        found: dict[str, str] = {}
        for row in rows:
            if len(row) != 3 or not CVE.fullmatch(row[0]) or not _SCORE.fullmatch(row[1]):
                raise ValueError(f"line {rows.line_num + 1} has no CVE, or no probability")
            if float(row[1]) > 1:
                raise ValueError(f"{row[0]} is said to be more than certain")
            if row[0] in found:
                raise ValueError(f"it has {row[0]} twice")
            found[row[0]] = row[1]
        built = time_of(first[2])
    except (ValueError, csv.Error, EOFError, OSError, zlib.error) as error:
        raise broken(path, str(error)) from None
    file = listing.write(work / FILE, found)
    return Content(EPSS, first[1], (Part(FILE, file, built, len(found)),))


def probability(folder: Path | None) -> Mapping[str, float]:
    """By CVE, of a mounted database; nothing where there is none."""
    return _Scores(folder / FILE) if folder else {}


class _Scores(Mapping[str, float]):
    def __init__(self, path: Path) -> None:
        self._listing = listing.Listing(path)

    def __getitem__(self, id_: str) -> float:
        return float(self._listing[id_])

    def __iter__(self) -> Iterator[str]:
        return iter(self._listing)

    def __len__(self) -> int:
        return len(self._listing)


def _unpacked(content: bytes) -> bytes:
    if content[:2] != b"\x1f\x8b":
        return content
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        unpacked = file.read(MOST_BYTES + 1)
    if len(unpacked) > MOST_BYTES:
        raise ValueError(f"unpacked it has over {MOST_BYTES} bytes")
    return unpacked
