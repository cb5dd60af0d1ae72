"""How long waivers count."""

from __future__ import annotations

from golden_images.views.waivers import WaiverState, waiver_lines
from tests.fakes.policy import NOW, waiver


def test_the_one_that_ends_first_is_first() -> None:
    found = waiver_lines(
        (
            waiver("CVE-2026-3", expires="2027-01-01"),
            waiver("CVE-2026-2", expires="2026-12-08T02:00:00Z"),
            waiver("CVE-2026-1", expires="2026-11-24T02:00:00Z"),
        ),
        NOW,
    )
    assert [(one.finding, one.state) for one in found] == [
        ("CVE-2026-1", WaiverState.ENDED),
        ("CVE-2026-2", WaiverState.ENDS),
        ("CVE-2026-3", WaiverState.COUNTS),
    ]
