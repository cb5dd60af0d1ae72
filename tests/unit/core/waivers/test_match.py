"""What a waiver is about, and what it is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from golden_images.core.waivers.match import covers, lifting
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
    found = lifting([waiver(**fields)], ["CVE-2026-1"], OPENSSL, DIGEST, NOW)
    assert (found is not None) is counts


def test_names_are_compared_without_case_and_whole() -> None:
    assert lifting([waiver("cve-2026-1")], ["CVE-2026-1"], "", DIGEST, NOW)
    assert lifting([waiver("CVE-2026-1")], ["CVE-2026-11"], "", DIGEST, NOW) is None


def test_of_several_the_one_that_counts_longest() -> None:
    long = waiver(expires="2027-01-01", owner="web")
    assert lifting([waiver(), long, waiver()], ["CVE-2026-1"], "", DIGEST, NOW) == long
    assert lifting([waiver(), long], ["CVE-2026-1"], "", DIGEST, NOW + timedelta(days=60)) is None
