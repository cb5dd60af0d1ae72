"""Debian's lists of packages without security support, in both of their forms."""

from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath

import pytest

from golden_images.adapters.debian import support
from golden_images.core.inventory import package

FOLDER = PurePosixPath("/usr/share/debian-security-support")
TODAY = date(2026, 1, 5)
WHOLE = """# source package, state, last version and date, why

binutils                    limited  Only suitable for trusted content
consul\tnon-supported   1.10.12+dfsg1-1  2023-09-20  https://bugs.example.org/1
later          non-supported   1  2026-02-01
rust.*                      limited  statically linked
rust-sequoia-sqv            supported  fully supported
bare limited
"""
ENDED = "consul 1.10.12+dfsg1-1 2023-09-20 https://bugs.example.org/1\nlater 1 2026-02-01\n"
LIMITED = "binutils Only suitable for trusted content\nrust.* statically linked\nbare\n"
FORMS = {
    "13": {"security-support.deb13": WHOLE, "security-support.deb12": "# another\n"},
    "12": {"security-support-ended.deb12": ENDED, "security-support-limited": LIMITED},
}


def read(release: str, **changes: str) -> support.Support:
    files = {FOLDER / name: text.encode() for name, text in (FORMS[release] | changes).items()}
    assert all(map(support.is_data, files))
    return support.read(files, release)


def said(of: support.Support, source: str) -> list[tuple[str, str]]:
    made = package(f"pkg:deb/debian/it@1?arch=amd64&upstream={source}")
    assert made is not None
    return [(one.id, one.message) for one in of.notices(made, TODAY)]


@pytest.mark.parametrize("release", FORMS)
def test_both_forms_say_the_same(release: str) -> None:
    of = read(release)
    assert said(of, "binutils") == [
        ("support-limited", "security support of binutils is limited: Only suitable for trusted content")
    ]
    assert said(of, "consul") == [
        ("support-ended", "security support of consul ended on 2023-09-20: https://bugs.example.org/1")
    ]
    assert [id_ for id_, _ in said(of, "rust-hello")] == ["support-limited"]
    assert [id_ for id_, _ in said(of, "bare")] == ["support-limited"]
    assert said(of, "later") == said(of, "binutils-more") == said(of, "openssl") == []


def test_what_is_supported_although_a_pattern_is_about_it() -> None:
    assert said(read("13"), "rust-sequoia-sqv") == []


@pytest.mark.parametrize(
    "text", ["a unknown why\n", "a non-supported 1 tomorrow\n", "a non-supported\n", "a\n"]
)
def test_a_list_that_cannot_be_read(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each has its own words
        read("13", **{"security-support.deb13": text})


def test_lists_of_another_release() -> None:
    with pytest.raises(ValueError, match="no lists for Debian 14"):
        support.read({FOLDER / "security-support.deb13": b""}, "14")
