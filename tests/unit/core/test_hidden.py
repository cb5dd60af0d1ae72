from __future__ import annotations

from pathlib import Path

import pytest

from golden_images.core.hidden import DIRECTIONS, hidden
from golden_images.core.source import Source


def told(text: str) -> list[tuple[int, int, str, str]]:
    source = Source(Path("image.yaml"), text.encode())
    assert source.problems == []
    return [(one.line, one.column, one.field, one.message) for one in hidden(source)]


def test_a_value_a_key_and_a_lists_part_are_found_at_their_places() -> None:
    text = 'a: fine\nb: "\\u202e"\nc:\n  - x\n  - "y\\u2069"\n"d\\u2066": 1\n'
    turns = "which turns the direction of writing around"
    assert told(text) == [
        (2, 4, "b", f"holds U+202E, {turns}"),
        (5, 5, "c[1]", f"holds U+2069, {turns}"),
        (6, 1, "d\u2066", f"holds U+2066, {turns}"),
    ]


@pytest.mark.parametrize("mark", ["\u200e", "\u200f", "\u061c", "\u200d"])
def test_what_languages_need_may_stand(mark: str) -> None:
    assert told(f"a: x{mark}y\n") == []


def test_every_control_of_the_direction_and_no_other() -> None:
    """Source: UAX 9, the explicit embeddings, overrides and isolates with what ends them."""
    found = {ord(one) for one in map(chr, range(0x2000, 0x2100)) if DIRECTIONS.search(one)}
    assert found == {0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069}
