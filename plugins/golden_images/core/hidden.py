"""Characters that make a text read otherwise than it is stored.

Source: Unicode Standard Annex 9, "Explicit Directional Embedding, Override and Isolate".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from golden_images.core.plain import Loc
from golden_images.core.problem import Problem
from golden_images.core.source import Source

#: The marks (U+200E, U+200F, U+061C) stay: they turn nothing around, and languages need them.
DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def hidden(source: Source) -> Iterator[Problem]:
    """Every value, and every key, that holds a control of the writing direction."""
    for loc, text, key in _texts(source.data, ()):
        if found := DIRECTIONS.search(text):
            message = f"holds U+{ord(found[0]):04X}, which turns the direction of writing around"
            yield source.problem(loc, message, key=key)


def _texts(value: Any, loc: Loc) -> Iterator[tuple[Loc, str, bool]]:
    if isinstance(value, str):
        yield loc, value, False
    elif isinstance(value, dict):
        for name, worth in value.items():
            yield (*loc, name), str(name), True
            yield from _texts(worth, (*loc, name))
    elif isinstance(value, list):
        for index, worth in enumerate(value):
            yield from _texts(worth, (*loc, index))
