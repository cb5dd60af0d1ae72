"""What is inside a Debian package, and what is none."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from golden_images.adapters.debian import debs
from tests.services.archive import FIXTURE

LIBSSL = (FIXTURE / "pool" / "libssl3_3.0.15-1~deb12u2+b1_amd64.deb").read_bytes()
DOC = PurePosixPath("/usr/share/doc")


def test_the_newest_of_each_name_with_its_source() -> None:
    text = """Package: a
Version: 1
Filename: pool/a_1.deb
Size: 7
SHA256: 77
Description: Version: 9

Package: a
Version: 2
Source: b

Package: c
Version: 2+b1
Source: d (2)
"""
    assert debs.parse(text) == {"a": ["2", "b", "2", "", "0", ""], "c": ["2+b1", "d", "2", "", "0", ""]}
    assert debs.parse("") == {}


def test_files_by_their_path_from_the_root() -> None:
    assert debs.files(LIBSSL, lambda path: path.parent == DOC) == {DOC / "libssl3": "openssl"}


@pytest.mark.parametrize("content", [b"", b"PK", b"!<arch>\n", LIBSSL[:400], LIBSSL[:8] + b"x" * 200])
def test_what_is_no_package(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each has its own words
        debs.files(content, lambda _: True)


def test_what_unpacks_to_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debs, "_MOST_UNPACKED", 100)
    with pytest.raises(ValueError, match="unpacks to more"):
        debs.files(LIBSSL, lambda _: False)
