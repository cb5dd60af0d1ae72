"""Packages whose security support has ended or is limited, by Debian's own lists: the package
``debian-security-support`` of the image's own suite.

Source: check-support-status(1), whose reading of the two files this is.
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
            self._about[source] = tuple(rule for rule in self._rules if rule.about(source))
        for rule in self._about[source]:
            if rule.ends is None:
                told = f"security support of {source} is limited: {rule.why}"
                yield Finding(id=SUPPORT_LIMITED, package=package.purl, message=told)
            elif rule.ends <= today:
                told = f"security support of {source} ended on {rule.ends}: {rule.why}"
                yield Finding(id=SUPPORT_ENDED, package=package.purl, message=told)


def is_data(path: PurePosixPath) -> bool:
    return path.parent == _FOLDER and path.name.startswith("security-support-")


def read(files: Mapping[PurePosixPath, bytes | str], release: str) -> Support:
    """``release`` is Debian's number, ``12``. Raises ValueError where the lists are not those of it."""
    ended, limited = (
        files.get(_FOLDER / name)
        for name in (f"security-support-ended.deb{release}", "security-support-limited")
    )
    if not isinstance(ended, bytes) or not isinstance(limited, bytes):
        raise ValueError(f"it has no lists for Debian {release}")
    rules = []
    for line in _lines(ended):
        pattern, _, ends, *why = line.split(maxsplit=3)
        rules.append(_Rule(pattern, date.fromisoformat(ends), *(why or [""])))
    for line in _lines(limited):
        pattern, *why = line.split(maxsplit=1)
        rules.append(_Rule(pattern, None, *(why or [""])))
    return Support(rules)


def _lines(content: bytes) -> Iterator[str]:
    for line in content.decode("utf-8", "replace").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line
