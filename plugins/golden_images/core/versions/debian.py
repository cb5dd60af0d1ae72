"""Debian's order of versions.

An order over every text, as dpkg's is: what an image says that it holds may be no version at all. Why it is
no library's: adr/0012-lock-file.md.

Source: deb-version(7) and Debian Policy 5.6.12; the same algorithm as dpkg's ``verrevcmp``.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PART = re.compile(r"([^0-9]*)([0-9]*)")
_EPOCH = re.compile(r"[0-9]+")
#: deb-version(7): what a version may be made of; dpkg takes more, with a warning.
_VERSION = re.compile(r"(?:[0-9]+:)?[0-9][A-Za-z0-9.+~:-]*")
#: What a rebuild without a change of the source adds; the source's version is without.
_REBUILT = re.compile(r"\+b[0-9]+$")

Key = tuple[int | str, ...]


def newer(candidate: str, installed: str) -> bool:
    return compare(candidate, installed) > 0


def compare(left: str, right: str) -> int:
    """Negative, zero or positive, as ``left`` is older than, the same as or newer than ``right``."""
    a, b = key(left), key(right)
    return (a > b) - (a < b)


def readable(version: str) -> bool:
    return _VERSION.fullmatch(version) is not None


def without_rebuild(version: str) -> str:
    """``1.2-3`` for ``1.2-3+b1``."""
    return _REBUILT.sub("", version)


@lru_cache(maxsize=1 << 16)
def key(version: str) -> Key:
    """For sorting: keys stand to each other as their versions do."""
    epoch, colon, rest = version.partition(":")
    if not colon or not _EPOCH.fullmatch(epoch):
        epoch, rest = "0", version
    upstream, hyphen, revision = rest.rpartition("-")
    if not hyphen:
        upstream, revision = rest, "0"
    return (*_number(epoch), *_order(upstream), *_order(revision))


def _order(text: str) -> Key:
    """Text and number by turns, each with its end, so that what is longer is compared with an end."""
    made: list[int | str] = []
    for letters, digits in _PART.findall(text):
        made += map(_weight, letters)
        made += (0, *_number(digits))
    return tuple(made)


def _number(digits: str) -> tuple[int, str]:
    """Digits of any length: Python's own reading of them has a limit, and takes its time before that."""
    digits = digits.lstrip("0")
    return len(digits), digits


def _weight(character: str) -> int:
    """A tilde is before the end (0), the end before letters, letters before everything else."""
    if character == "~":
        return -1
    return ord(character) if character.isalpha() else ord(character) + 256
