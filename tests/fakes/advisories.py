"""Databases of advisories, small and made up."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from golden_images.advisories.store import Store
from golden_images.core.organisation import Organisation
from tests.fakes.catalog import FakeCatalog
from tests.fakes.registry import FakeRegistry

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def record(id_: str = "DEBIAN-CVE-2026-1", package: str = "openssl", **changes: Any) -> dict[str, Any]:
    """An OSV record of one Debian package; ``changes`` are of its keys."""
    span = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.0.15-1~deb12u1"}]}
    return {
        "schema_version": "1.7.3",
        "id": id_,
        "modified": "2026-11-20T10:00:00Z",
        "upstream": [id_.removeprefix("DEBIAN-")],
        "affected": [{"package": {"ecosystem": "Debian:12", "name": package}, "ranges": [span]}],
        **changes,
    }


def pypi(id_: str = "PYSEC-2026-1", package: str = "flask", **changes: Any) -> dict[str, Any]:
    span = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}
    affected = [{"package": {"ecosystem": "PyPI", "name": package}, "ranges": [span]}]
    return record(id_, affected=affected, aliases=["CVE-2026-9"], upstream=[], **changes)


def zipped(*records: dict[str, Any]) -> bytes:
    return zip_of({f"{one['id']}.json": json.dumps(one).encode() for one in records})


def zip_of(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def written(path: Path, *records: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zipped(*records))
    return path


def store(**changes: Any) -> Store:
    """Over a registry and a catalog in memory."""
    fields: dict[str, Any] = {
        "organisation": Organisation(schema=1),
        "registry": FakeRegistry(),
        "catalog": FakeCatalog(),
        "now": lambda: NOW,
        "log": lambda _: None,
    }
    return Store(**{**fields, **changes})
