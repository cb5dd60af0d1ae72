from __future__ import annotations

import unicodedata

import pytest

from golden_images.core.note import LIMIT, tidy


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a key was lost", "a key was lost"),
        ("  a\tkey\r\n was \n\n lost ", "a key was lost"),
        ("one\u2028two\u2029three\x85four", "one two three four"),
        ("a\x1b[31mred", "a [31mred"),
        ("ab\u202etfel\u2066x\u200by", "abtfelxy"),
        ("\ud800broken", "broken"),
        ("naïve 日本 → ok", "naïve 日本 → ok"),
        ("\u200b \x00", ""),
        ("", ""),
    ],
)
def test_one_line_of_what_is_seen(text: str, line: str) -> None:
    assert tidy(text) == line


def test_a_long_text_is_cut_and_shows_it() -> None:
    assert tidy("x" * LIMIT) == "x" * LIMIT
    cut = tidy("x" * (LIMIT + 1))
    assert cut == "x" * (LIMIT - 1) + "…"
    assert tidy("abcdef", 4) == "abc…"


def test_what_is_not_seen_does_not_count_and_is_not_looked_for_without_end() -> None:
    assert tidy("\u200b" * 8 + "abcd", 4) == "abcd"
    assert tidy("\u200b" * 1000 + "abcd", 4) == ""


def test_every_control_character_is_gone() -> None:
    everything = "".join(map(chr, range(0x3000)))
    seen = tidy(everything, len(everything))
    assert {unicodedata.category(one) for one in seen}.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})
