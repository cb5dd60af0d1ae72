"""Packages whose security support has ended or is limited, by Debian's own lists: the package
``debian-security-support`` of the image's own suite.

Source: check-support-status(1), whose reading of the lists this is, in both of their forms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from golden_images.core.findings import Finding
from golden_images.core.inventory import Package
from golden_images.core.scanning import SUPPORT_ENDED, SUPPORT_LIMITED

PACKAGE = "debian-security-support"
_FOLDER = PurePosixPath("/usr/share/debian-security-support")


@dataclass(frozen=True, slots=True)
class _Rule:
    #: Of the source package's whole name.
    pattern: str
    #: When it ended, or will; None where it is limited.
    ends: date | None
    why: str
    #: False for what is supported although another rule is about it.
    holds: bool = True

    def about(self, source: str) -> bool:
        try:
            return re.fullmatch(self.pattern, source) is not None
        except re.error:
            return self.pattern == source


class Support:
    """``rules``: in the lists' order."""

    def __init__(self, rules: Iterable[_Rule]) -> None:
        self._rules = tuple(rules)
        self._about: dict[str, tuple[_Rule, ...]] = {}

    def notices(self, package: Package, today: date) -> Iterator[Finding]:
        """What is to be known of ``package`` on a day."""
        source = package.source
        if source not in self._about:
            found = tuple(rule for rule in self._rules if rule.about(source))
            self._about[source] = found if all(rule.holds for rule in found) else ()
        for rule in self._about[source]:
            if rule.ends is None:
                told = f"security support of {source} is limited: {rule.why}"
                yield Finding(id=SUPPORT_LIMITED, package=package.purl, message=told)
            elif rule.ends <= today:
                told = f"security support of {source} ended on {rule.ends}: {rule.why}"
                yield Finding(id=SUPPORT_ENDED, package=package.purl, message=told)


def is_data(path: PurePosixPath) -> bool:
    return path.parent == _FOLDER and path.name.startswith("security-support")


def read(files: Mapping[PurePosixPath, bytes | str], release: str) -> Support:
    """``release`` is Debian's number, ``12``. Raises ValueError where the lists are not those of it."""
    whole = files.get(_FOLDER / f"security-support.deb{release}")
    if isinstance(whole, bytes):
        return Support(_rule(line) for line in _lines(whole))
    # Two lists until Debian 12.
    ended = files.get(_FOLDER / f"security-support-ended.deb{release}")
    limited = files.get(_FOLDER / "security-support-limited")
    if not isinstance(ended, bytes) or not isinstance(limited, bytes):
        raise ValueError(f"it has no lists for Debian {release}")
    return Support((*map(_ended, _lines(ended)), *map(_limited, _lines(limited))))


def _rule(line: str) -> _Rule:
    pattern, status, rest = (*line.split(maxsplit=2), "")[:3]
    if status == "supported":
        return _Rule(pattern, None, rest, holds=False)
    if status == "limited":
        return _limited(f"{pattern} {rest}")
    if status == "non-supported":
        return _ended(f"{pattern} {rest}")
    raise ValueError(f"of {pattern} it says {status!r}")


def _ended(line: str) -> _Rule:
    pattern, _, ends, why = (*line.split(maxsplit=3), "")[:4]
    return _Rule(pattern, date.fromisoformat(ends), why)


def _limited(line: str) -> _Rule:
    pattern, why = (*line.split(maxsplit=1), "")[:2]
    return _Rule(pattern, None, why)


def _lines(content: bytes) -> Iterator[str]:
    for line in content.decode("utf-8", "replace").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line
