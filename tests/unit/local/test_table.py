"""The closing table of the demo."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from golden_images.core.digest import Digest
from golden_images.core.reason import Reason, Why
from golden_images.core.release import Release
from local.follow.images import Ending, Image
from local.follow.table import HEAD, rows
from tests.fakes.catalog import FakeCatalog

VERSION = "2026.11.23-1a2b3c4d"


@pytest.mark.parametrize(
    ("ending", "reason", "told"),
    [
        (Ending.UNCHANGED, f"unchanged: {VERSION} is current", "unchanged"),
        (Ending.RELEASED, "max-age: 2026.10.01-00000000 is 53 days old", "max-age: 2026.10.01-00000000"),
        (Ending.UNCHANGED, "forced: a key was lost", "forced: a key was lost"),
        (Ending.RELEASED, "", "released"),
    ],
)
def test_a_reason_does_not_say_the_version_beside_it_again(ending: Ending, reason: str, told: str) -> None:
    catalog, digest = FakeCatalog(), Digest.of(b"web")
    at = datetime(2026, 11, 23, tzinfo=UTC)
    why = Reason(why=Why.NEW)
    catalog.record_release(Release("web", VERSION, digest, "1" * 64, why, at, Digest.of(b"plan")))
    (row,) = rows(catalog, [Image("web", None, run_id="r", ending=ending, reason=reason)])
    cells = dict(zip(HEAD, row, strict=True))
    assert cells["VERSION"] == VERSION
    assert cells["REASON"].startswith(told)
    assert VERSION not in cells["REASON"]
