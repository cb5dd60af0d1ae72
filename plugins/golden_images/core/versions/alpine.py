"""Alpine's order of versions: numbers, a letter, suffixes before and after a release, a revision.

Source: apk-package(5), "pkgver"; the order of Gentoo's versions (Package Manager Specification 3.3), which
it was taken from, with the suffixes of version control systems behind a release.
"""

from __future__ import annotations

import re
from functools import lru_cache

_VERSION = re.compile(
    r"(?P<numbers>[0-9]+(?:\.[0-9]+)*)(?P<letter>[a-z]?)"
    r"(?P<suffixes>(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*)(?:~[0-9a-f]+)?(?:-r(?P<revision>[0-9]+))?"
)
_SUFFIX = re.compile(r"_([a-z]+)([0-9]*)")
_RANK = {"alpha": -4, "beta": -3, "pre": -2, "rc": -1, "cvs": 1, "svn": 2, "git": 3, "hg": 4, "p": 5}

Key = tuple[object, ...]


@lru_cache(maxsize=1 << 16)
def key(version: str) -> Key:
    """For sorting. Raises ValueError for what is no version."""
    found = _VERSION.fullmatch(version)
    if found is None:
        raise ValueError(f"{version!r} is no version of Alpine's")
    first, *rest = found["numbers"].split(".")
    suffixes = [(_RANK[name], int(number or 0)) for name, number in _SUFFIX.findall(found["suffixes"])]
    return (
        (int(first), *map(_fraction, rest)),
        found["letter"],
        (*suffixes, (0, 0)),
        int(found["revision"] or 0),
    )


def _fraction(digits: str) -> tuple[int, int, str]:
    """One that begins with a zero is read as the decimal places that it looks like."""
    if digits.startswith("0"):
        return 0, 0, digits.rstrip("0")
    return 1, int(digits), ""
