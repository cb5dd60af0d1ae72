from __future__ import annotations

from datetime import date

from golden_images.adapters.debian.changelog import mended, parse

TEXT = """\
openssl (1:3-2~deb12u1) bookworm-security; urgency=high

  * CVE-2026-0003, CVE-2026-0002 and CVE-2026-0003 again.
    Not CVE-202-1, nor XCVE-2026-0009.

 -- A. <a@example.org>  Thu, 01 Jan 2026 08:00:00 +0100

openssl (1:3-1) unstable; urgency=low

  * CVE-2026-0001

 -- A. <a@example.org>  no date

openssl (1:2-1) unstable; urgency=low
"""


def test_entries() -> None:
    assert [(one.version, one.cves, one.at) for one in parse(TEXT)] == [
        ("1:3-2~deb12u1", ("CVE-2026-0003", "CVE-2026-0002"), date(2026, 1, 1)),
        ("1:3-1", ("CVE-2026-0001",), None),
        ("1:2-1", (), None),
    ]
    assert parse("") == parse("Version 3\n CVE-2026-0001\n") == ()


def test_the_first_version_that_mends_it_counts() -> None:
    entries = parse(TEXT)
    assert {cve: one.version for cve, one in mended(entries, "1:2-1").items()} == {
        "CVE-2026-0001": "1:3-1",
        "CVE-2026-0002": "1:3-2~deb12u1",
        "CVE-2026-0003": "1:3-2~deb12u1",
    }
    assert mended(entries, "1:3-2~deb12u1") == {}
