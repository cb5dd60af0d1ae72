"""trivy's database: a bbolt file with a description beside it. Source: github.com/aquasecurity/trivy-db."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from golden_images.advisories.content import Content, Part
from golden_images.advisories.formats import bolt
from golden_images.advisories.formats.reading import broken, file_of, load, time_of
from golden_images.core.advisories import TRIVY
from golden_images.core.digest import canonical_json

DATABASE, DESCRIPTION = "trivy.db", "metadata.json"
FOLDER = "db"
#: The only one that today's trivy reads.
SCHEMA = 2
_NEVER = "0001-01-01T00:00:00Z"
#: Of what vulnerabilities are, and of who says so: no advisories about packages.
_BESIDE = (b"vulnerability", b"data-source", b"Red Hat CPE")


def database(path: Path, work: Path) -> Content:
    """A folder with both files, or trivy's cache that has one. Raises InputError."""
    folder = path / FOLDER if (path / FOLDER).is_dir() else path
    file, described = folder / DATABASE, folder / DESCRIPTION
    try:
        about = load(file_of(described, 1 << 16))
        if not isinstance(about, dict) or about.get("Version") != SCHEMA:
            version = about.get("Version") if isinstance(about, dict) else None
            raise ValueError(f"its schema is {version!r}, and {SCHEMA} is what trivy reads")
        built = time_of(about.get("UpdatedAt"))
        with bolt.opened(file) as opened:
            records = sum(1 for _ in _advisories(opened))
    except (ValueError, OSError) as error:
        raise broken(path, str(error)) from None
    # When and by whom it was fetched is no part of it: the same database has the same digest.
    kept = work / DESCRIPTION
    kept.write_bytes(canonical_json({**about, "DownloadedAt": _NEVER}))
    return Content(
        TRIVY,
        str(SCHEMA),
        (
            Part(f"{FOLDER}/{DATABASE}", file, built, records),
            Part(f"{FOLDER}/{DESCRIPTION}", kept, built, 0),
        ),
    )


def about(folder: Path, names: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    """Of a mounted database what it says of vulnerabilities with these names: platform, package, affected
    versions."""
    wanted = {name.encode() for name in names}
    with bolt.opened(folder / FOLDER / DATABASE) as opened:
        for path, value in _advisories(opened):
            if path[-1] in wanted:
                said = json.loads(value)
                fixed = said.get("FixedVersion") or ", ".join(said.get("PatchedVersions") or ())
                affected = f"before {fixed}" if fixed else "not fixed"
                yield path[0].decode(), path[1].decode(), affected


def _advisories(opened: bolt.Bolt) -> Iterator[tuple[bolt.Path_, bytes]]:
    """Platform, package and vulnerability are the way to each."""
    for path, value in opened.values():
        if len(path) == 3 and path[0] not in _BESIDE:
            yield path, value
