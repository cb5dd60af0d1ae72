"""Alpine's order; the same versions in rows, from the oldest, are in ``osv/test_affected``."""

from __future__ import annotations

import pytest

from golden_images.core.versions.alpine import key


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.0", "1.0.0"),
        ("1.01", "1.1"),
        ("1.010", "1.02"),
        ("1.9", "1.10"),
        ("1.0_alpha", "1.0_beta"),
        ("1.0_pre1", "1.0_rc"),
        ("1.0_rc2", "1.0"),
        ("1.0", "1.0_git20230717"),
        ("1.0_git20230717", "1.0_p1"),
        ("1.0_p1_rc1", "1.0_p1"),
        ("1.0", "1.0a"),
        ("1.0a", "1.0b"),
        ("1.0b", "1.0.1"),
        ("1.0-r9", "1.0-r10"),
        ("1.1.1w-r1", "1.1.1x-r0"),
    ],
)
def test_the_order(older: str, newer: str) -> None:
    assert key(older) < key(newer)


def test_the_same() -> None:
    assert key("1.0") == key("1.0-r0") == key("1.0~abcdef")


@pytest.mark.parametrize("text", ["", "a", "1.", "1.0_foo", "1.0-1", "1.0-r", "1.0 ", "\u0661"])
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(ValueError, match="no version"):
        key(text)
