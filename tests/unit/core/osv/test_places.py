"""Where a package of an SBOM is looked up."""

from __future__ import annotations

import pytest

from golden_images.core.inventory import package
from golden_images.core.osv.places import Place, place, split


def at(text: str, of: str = "debian-12") -> Place | None:
    found = package(text)
    assert found is not None
    return place(found, of)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "pkg:deb/debian/libssl3@3.0.14-1?distro=debian-12&upstream=openssl",
            Place("Debian", "12", "openssl", "3.0.14-1"),
        ),
        ("pkg:deb/debian/zlib1g@1:1.2-3%2Bb1?distro=debian-12", Place("Debian", "12", "zlib1g", "1:1.2-3")),
        ("pkg:deb/debian/a@1?distro=debian-13.2", Place("Debian", "13", "a", "1")),
        ("pkg:deb/debian/a@1?distro=trixie", Place("Debian", "13", "a", "1")),
        ("pkg:deb/debian/a@1", Place("Debian", "12", "a", "1")),
        ("pkg:deb/debian/a@1?distro=ubuntu-22.04", Place("Debian", "", "a", "1")),
        ("pkg:deb/ubuntu/a@1?distro=ubuntu-22.04", Place("Ubuntu", "22.04", "a", "1")),
        (
            "pkg:apk/alpine/musl-utils@1.2-r0?distro=alpine-3.20.1&upstream=musl",
            Place("Alpine", "v3.20", "musl", "1.2-r0"),
        ),
        ("pkg:pypi/Zope.Interface@5", Place("PyPI", "", "zope-interface", "5")),
        ("pkg:npm/%40angular/core@1", Place("npm", "", "@angular/core", "1")),
        ("pkg:golang/github.com/Azure/x@v1", Place("Go", "", "github.com/azure/x", "v1")),
        ("pkg:generic/a@1", None),
        ("pkg:deb/other/a@1", None),
    ],
)
def test_where(text: str, expected: Place | None) -> None:
    assert at(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Debian:12", ("Debian", "12")),
        ("Debian", ("Debian", "")),
        ("Ubuntu:22.04:LTS", ("Ubuntu", "22.04")),
        ("Ubuntu:Pro:22.04:LTS", ("Ubuntu", "Pro:22.04")),
        ("Alpine:v3.20", ("Alpine", "v3.20")),
        ("Something:else", ("Something", "else")),
    ],
)
def test_an_advisorys_words(text: str, expected: tuple[str, str]) -> None:
    assert split(text) == expected
