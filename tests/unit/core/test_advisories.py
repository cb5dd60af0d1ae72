"""Databases of advisories, and what a scan with one of them is known by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from golden_images.core.advisories import OSV, AdvisoryDatabase, ScanKey
from golden_images.core.digest import Digest

BUILT = datetime(2026, 11, 24, tzinfo=UTC)
ONE, TWO = Digest.of(b"1"), Digest.of(b"2")


def test_a_scan_names_the_artifact() -> None:
    about = AdvisoryDatabase(OSV, "1", BUILT, ONE, 3, "all.zip", BUILT).about
    assert (about.name, about.version, about.built, about.digest, about.records) == (OSV, "1", BUILT, ONE, 3)


@pytest.mark.parametrize(
    "change", [{"sbom": TWO}, {"scanner": "grype"}, {"version": "2"}, {"database": TWO}], ids=repr
)
def test_whatever_an_answer_depends_on_makes_another_key(change: dict[str, str]) -> None:
    key = ScanKey(ONE, OSV, "1", ONE)
    assert key.digest == ScanKey(ONE, OSV, "1", ONE).digest
    assert replace(key, **change).digest != key.digest
