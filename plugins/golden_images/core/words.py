"""Words that people read, wherever they read them."""

from __future__ import annotations


def count(number: int, one: str, many: str = "") -> str:
    """``1 problem``, ``2 problems``."""
    return f"{number} {one if number == 1 else many or one + 's'}"
