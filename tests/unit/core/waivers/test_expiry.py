"""Who is told that a waiver ends."""

from __future__ import annotations

from golden_images.core.waivers.expiry import told
from tests.fakes.policy import NOW, waiver


def lines(expires: str) -> list[str]:
    return list(told([waiver(expires=expires)], NOW))


def test_fourteen_days_before() -> None:
    assert lines("2026-12-08T02:00:01Z") == []
    assert lines("2026-12-08T02:00:00Z") == [
        "the waiver for CVE-2026-1 ends in 14 days, at 2026-12-08T02:00:00Z: platform answers for it"
    ]


def test_on_the_last_day_and_after() -> None:
    assert "within a day" in lines("2026-11-24T03:00:00Z")[0]
    assert lines("2026-11-24T02:00:00Z") == [
        "the waiver for CVE-2026-1 ended at 2026-11-24T02:00:00Z: platform may take it out"
    ]


def test_the_earliest_first() -> None:
    found = list(told([waiver("CVE-2026-2", expires="2026-11-26"), waiver(expires="2026-11-25")], NOW))
    assert [line.split()[3] for line in found] == ["CVE-2026-1", "CVE-2026-2"]
