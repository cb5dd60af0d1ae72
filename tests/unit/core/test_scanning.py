"""A scan is one JSON, and says what it knew."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from golden_images.core.findings import Finding
from golden_images.core.scanning import Database, Scan, Unjudged

SCAN = Scan(
    scanner="osv",
    version="1",
    sbom="sha256:" + "a" * 64,
    database=Database(
        name="osv", built=datetime(2026, 11, 1, tzinfo=UTC), digest="sha256:" + "b" * 64, records=3
    ),
    findings=(Finding(id="CVE-2026-1", package="pkg:deb/debian/zlib1g@1"),),
    unjudged=(Unjudged(what="PyPI", why="the database has no records of it"),),
)


def test_the_whole_of_a_scan_comes_back_from_json() -> None:
    assert Scan.model_validate_json(SCAN.model_dump_json()) == SCAN


@pytest.mark.parametrize("change", [{"version": ""}, {"sbom": "sha256:1"}, {"database": {}}, {"clean": True}])
def test_a_scan_without_its_means_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Scan.model_validate(SCAN.model_dump() | change)
