"""grype's database: SQLite with a description beside it. Source: github.com/anchore/grype, db/v6."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import xxhash

from golden_images.advisories.content import Content, Part
from golden_images.advisories.formats.reading import broken, file_of, load, time_of
from golden_images.core.advisories import GRYPE
from golden_images.core.digest import canonical_json

DATABASE, DESCRIPTION = "vulnerability.db", "import.json"
#: The only model that today's grype reads; its folder in grype's cache.
SCHEMA = 6
_SECONDS = 120.0
#: Of one value; the largest known has a hundredth of it.
_LONGEST = 64 * 1024**2
_CHUNK = 1 << 20

_SAID = """
SELECT p.ecosystem, p.name, coalesce(o.name || ' ' || o.major_version, ''), b.value
FROM vulnerability_handles v
JOIN affected_package_handles a ON a.vulnerability_id = v.id
JOIN packages p ON p.id = a.package_id
LEFT JOIN operating_systems o ON o.id = a.operating_system_id
LEFT JOIN blobs b ON b.id = a.blob_id
WHERE v.name = :name OR v.name IN (SELECT name FROM vulnerability_aliases WHERE alias = :name)
ORDER BY 1, 2, 3
"""


def database(path: Path, work: Path) -> Content:
    """A folder with both files, or grype's cache that has one. Raises InputError."""
    folder = path / str(SCHEMA) if (path / str(SCHEMA)).is_dir() else path
    file = folder / DATABASE
    try:
        about = load(file_of(folder / DESCRIPTION, 1 << 16))
        if not isinstance(about, dict) or not isinstance(about.get("digest"), str):
            raise ValueError(f"{DESCRIPTION} names no digest")
        if (found := _digest(file)) != about["digest"]:
            raise ValueError(f"{DATABASE} is {found}, and {DESCRIPTION} says {about['digest'][:80]}")
        with _opened(file) as opened:
            built, model, revision, addition = opened.execute(
                "SELECT build_timestamp, model, revision, addition FROM db_metadata"
            ).fetchone() or ("", None, None, None)
            if model != SCHEMA:
                raise ValueError(f"its model is {model!r}, and {SCHEMA} is what grype reads")
            if not isinstance(revision, int) or not isinstance(addition, int):
                raise ValueError("its revision is no number")
            made = time_of(built)
            affected = _count(opened, "affected_package_handles")
            records = _count(opened, "vulnerability_handles") if affected else 0
    except (ValueError, OSError, sqlite3.Error) as error:
        raise broken(path, str(error)) from None
    # From where it came is no part of it: the same database has the same digest.
    kept = work / DESCRIPTION
    kept.write_bytes(canonical_json({**about, "source": "golden-images"}))
    return Content(
        GRYPE,
        f"{model}.{revision}.{addition}",
        (
            Part(f"{SCHEMA}/{DATABASE}", file, made, records),
            Part(f"{SCHEMA}/{DESCRIPTION}", kept, made, 0),
        ),
    )


def about(folder: Path, name: str) -> Iterator[tuple[str, str, str]]:
    """Of a mounted database what it says of a vulnerability: platform, package, affected versions."""
    with _opened(folder / str(SCHEMA) / DATABASE) as opened:
        for ecosystem, package, system, value in opened.execute(_SAID, {"name": name}):
            yield system or ecosystem, package, _fix(value)


def _fix(value: str | None) -> str:
    found = []
    for span in json.loads(value or "{}").get("ranges") or ():
        fix = span.get("fix") or {}
        version = fix.get("version")
        found.append(f"before {version}" if version else fix.get("state") or "not fixed")
    return ", ".join(dict.fromkeys(found)) or "not fixed"


def _digest(file: Path) -> str:
    hashing = xxhash.xxh64()
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            hashing.update(chunk)
    return f"xxh64:{hashing.hexdigest()}"


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    """To read, and never for long: what a file of others makes of a question is its own."""
    address = f"file:{quote(str(file.resolve()))}?mode=ro&immutable=1"
    end = time.monotonic() + _SECONDS
    with closing(sqlite3.connect(address, uri=True)) as opened:
        opened.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        opened.execute("PRAGMA trusted_schema = OFF")
        opened.set_progress_handler(lambda: time.monotonic() > end, 100_000)
        yield opened


def _count(opened: sqlite3.Connection, table: str) -> int:
    return int(opened.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
