"""What a waiver is about, and what it is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from golden_images.core.waivers.match import Waived, covers
from tests.fakes.policy import DIGEST, NOW, waiver

OPENSSL = "pkg:deb/debian/openssl@3.0.14-1"


@pytest.mark.parametrize(
    ("wanted", "package", "is_covered"),
    [
        ("pkg:deb/debian/openssl", OPENSSL, True),
        ("pkg:deb/debian/openssl@3.0.14-1", OPENSSL, True),
        ("pkg:deb/debian/openssl@3.0.15-1", OPENSSL, False),
        ("pkg:deb/ubuntu/openssl", OPENSSL, False),
        ("pkg:deb/debian/openssl?arch=amd64", OPENSSL, False),
        ("pkg:deb/debian/openssl?arch=amd64", f"{OPENSSL}?arch=amd64&distro=debian-12", True),
        ("pkg:deb/debian/openssl", f"{OPENSSL}?arch=amd64", True),
        ("pkg:deb/debian/open", OPENSSL, False),
        ("pkg:pypi/openssl", OPENSSL, False),
        ("pkg:deb/debian/openssl", "", False),
        ("pkg:golang/example.test/a#sub", "pkg:golang/example.test/a@v1#sub", True),
        ("pkg:golang/example.test/a#sub", "pkg:golang/example.test/a@v1", False),
    ],
)
def test_packages(wanted: str, package: str, is_covered: bool) -> None:
    assert covers(wanted, package) is is_covered


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({}, True),
        ({"digest": DIGEST}, True),
        ({"digest": f"sha256:{'b' * 64}"}, False),
        ({"package": "pkg:deb/debian/openssl"}, True),
        ({"package": "pkg:deb/debian/zlib"}, False),
        ({"expires": "2026-11-24T02:00:00Z"}, False),
        ({"expires": "2026-11-24T02:00:01Z"}, True),
    ],
)
def test_a_waiver_counts(fields: dict[str, Any], counts: bool) -> None:
    found = Waived([waiver(**fields)]).lifting(["CVE-2026-1"], OPENSSL, DIGEST, NOW)
    assert (found is not None) is counts


def test_names_are_compared_without_case_and_whole() -> None:
    assert Waived([waiver("cve-2026-1")]).lifting(["CVE-2026-1"], "", DIGEST, NOW)
    assert Waived([waiver("CVE-2026-1")]).lifting(["CVE-2026-11"], "", DIGEST, NOW) is None


def test_of_several_the_one_that_counts_longest() -> None:
    long = waiver(expires="2027-01-01", owner="web")
    assert Waived([waiver(), long, waiver()]).lifting(["CVE-2026-1"], "", DIGEST, NOW) == long
    assert Waived([waiver(), long]).lifting(["CVE-2026-1"], "", DIGEST, NOW + timedelta(days=60)) is None
