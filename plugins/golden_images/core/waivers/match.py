"""Whether a waiver is about a finding, in this image and no other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from golden_images.core.waivers.model import Terms


class Waived:
    """Those of one image, found by what they are about."""

    def __init__(self, waivers: Iterable[Terms]) -> None:
        self._by_finding: dict[str, list[Terms]] = defaultdict(list)
        for one in waivers:
            self._by_finding[one.finding.lower()].append(one)

    def lifting(self, names: Iterable[str], package: str, digest: str, now: datetime) -> Terms | None:
        """The waiver that lifts a finding: ``names`` are all that it is called, ``package`` its package URL
        (empty if it has none), ``digest`` the image's. Of several, the one that counts longest."""
        if not self._by_finding:
            return None
        found = (
            one
            for name in names
            for one in self._by_finding.get(name.lower(), ())
            if one.counts(now)
            and (one.digest is None or one.digest == digest)
            and (one.package is None or covers(one.package, package))
        )
        return max(found, key=lambda one: one.expires, default=None)


@lru_cache(maxsize=4096)
def covers(wanted: str, package: str) -> bool:
    """Whether ``wanted`` names ``package``: type, namespace and name, and whatever it says besides."""
    from packageurl import PackageURL

    try:
        one, other = PackageURL.from_string(wanted), PackageURL.from_string(package)
    except ValueError:
        return False
    asked, given = _qualifiers(one), _qualifiers(other)
    return (
        (one.type, one.namespace, one.name) == (other.type, other.namespace, other.name)
        and (not one.version or one.version == other.version)
        and (not one.subpath or one.subpath == other.subpath)
        and asked.items() <= given.items()
    )


def _qualifiers(package: object) -> dict[str, str]:
    found = getattr(package, "qualifiers", None)
    return found if isinstance(found, dict) else {}
