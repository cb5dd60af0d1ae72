"""Debian's order of versions.

An order over every text, as dpkg's is: what an image says that it holds may be no version at all. Why it is
no library's: adr/0012-lock-file.md.

Source: deb-version(7) and Debian Policy 5.6.12; the same algorithm as dpkg's ``verrevcmp``.
"""

from __future__ import annotations

import re
from itertools import zip_longest

_PART = re.compile(r"([^0-9]*)([0-9]*)")
_EPOCH = re.compile(r"[0-9]+")


def newer(candidate: str, installed: str) -> bool:
    return compare(candidate, installed) > 0


def compare(left: str, right: str) -> int:
    """Negative, zero or positive, as ``left`` is older than, the same as or newer than ``right``."""
    (left_epoch, left_upstream, left_revision) = _split(left)
    (right_epoch, right_upstream, right_revision) = _split(right)
    return (
        _numbers(left_epoch, right_epoch)
        or _order(left_upstream, right_upstream)
        or _order(left_revision, right_revision)
    )


def _split(version: str) -> tuple[str, str, str]:
    """Epoch (``0`` if absent, or no number), upstream version and revision (``0`` if absent)."""
    epoch, colon, rest = version.partition(":")
    if not colon or not _EPOCH.fullmatch(epoch):
        epoch, rest = "0", version
    upstream, hyphen, revision = rest.rpartition("-")
    if not hyphen:
        upstream, revision = rest, "0"
    return epoch, upstream, revision


def _order(left: str, right: str) -> int:
    for (left_text, left_number), (right_text, right_number) in zip_longest(
        _PART.findall(left), _PART.findall(right), fillvalue=("", "")
    ):
        for a, b in zip_longest(left_text, right_text, fillvalue=""):
            if difference := _weight(a) - _weight(b):
                return difference
        if difference := _numbers(left_number, right_number):
            return difference
    return 0


def _numbers(left: str, right: str) -> int:
    """Digits of any length: Python's own reading of them has a limit, and takes its time before that."""
    left, right = left.lstrip("0"), right.lstrip("0")
    return len(left) - len(right) or (left > right) - (left < right)


def _weight(character: str) -> int:
    """A tilde is before the end, the end before letters, letters before everything else."""
    if character == "~":
        return -1
    if not character:
        return 0
    return ord(character) if character.isalpha() else ord(character) + 256
