"""Licences of a package against patterns.

Source: SPDX specification, annex "SPDX license expressions": OR, AND, WITH and parentheses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

_TOKEN = re.compile(r"\(|\)|[^\s()]+")
_DEEPEST = 50


def matches(text: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(text.lower(), pattern.lower()) for pattern in patterns)


def denied(licences: Sequence[str], patterns: tuple[str, ...]) -> list[str]:
    """Those of ``licences``, all of which hold, that are denied. An expression that offers a choice is denied
    if each of its choices is."""
    return [one for one in licences if _denied(one, patterns)]


@lru_cache(maxsize=4096)
def _denied(expression: str, patterns: tuple[str, ...]) -> bool:
    tokens = _TOKEN.findall(expression)
    if not {"AND", "OR", "WITH"} & {token.upper() for token in tokens}:
        return matches(expression.strip(), patterns)
    try:
        result, rest = _either(tokens, patterns, 0)
    except (IndexError, RecursionError):
        rest, result = ["?"], True
    # What is no expression is denied if any of its words is.
    return result if not rest else any(matches(token, patterns) for token in tokens)


def _either(tokens: list[str], patterns: Sequence[str], depth: int) -> tuple[bool, list[str]]:
    result, rest = _all(tokens, patterns, depth)
    while rest and rest[0].upper() == "OR":
        other, rest = _all(rest[1:], patterns, depth)
        result = result and other
    return result, rest


def _all(tokens: list[str], patterns: Sequence[str], depth: int) -> tuple[bool, list[str]]:
    result, rest = _one(tokens, patterns, depth)
    while rest and rest[0].upper() == "AND":
        other, rest = _one(rest[1:], patterns, depth)
        result = result or other
    return result, rest


def _one(tokens: list[str], patterns: Sequence[str], depth: int) -> tuple[bool, list[str]]:
    if depth > _DEEPEST:
        raise RecursionError
    if tokens[0] == "(":
        result, rest = _either(tokens[1:], patterns, depth + 1)
        if rest[0] != ")":
            raise IndexError
        return result, rest[1:]
    name, rest = tokens[0], tokens[1:]
    if rest and rest[0].upper() == "WITH":
        return matches(name, patterns) or matches(f"{name} WITH {rest[1]}", patterns), rest[2:]
    return matches(name, patterns), rest
