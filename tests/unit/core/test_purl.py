from __future__ import annotations

import pytest

from golden_images.core import purl


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        ("pkg:deb/debian/libssl3@3.0.14-1?arch=amd64&distro=debian-12&upstream=openssl", "openssl@3.0.14-1"),
        ("pkg:deb/debian/gcc@4:12.2.0-3?arch=amd64&upstream=gcc-defaults%401.203", "gcc-defaults@1.203"),
        ("pkg:deb/debian/openssl@3.0.14-1?arch=source&distro=debian-12", "openssl@3.0.14-1"),
        ("pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?upstream=gcc-12", "gcc-12@12.2.0-14"),
    ],
)
def test_debian_source(package: str, expected: str) -> None:
    assert purl.source(package) == f"pkg:deb/debian/{expected}"


def test_what_has_no_source_is_itself() -> None:
    assert purl.source("pkg:pypi/urllib3@1.26.5") == "pkg:pypi/urllib3@1.26.5"
    assert purl.source("pkg:npm/%40angular/core@1.0.0?x=y#z") == "pkg:npm/%40angular/core@1.0.0"
    assert purl.source("") == ""
    assert purl.source("no package URL") == "no package URL"
