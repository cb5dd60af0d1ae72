"""What a canary can be made from: a version that an advisory affects."""

from __future__ import annotations

from collections.abc import Iterator

from golden_images.core.osv.index import Advisory, index
from golden_images.core.osv.judging import judge
from golden_images.core.osv.places import ECOSYSTEMS, Place
from golden_images.core.osv.record import Record
from golden_images.core.versions.order import semver


def affected_by(record: Record, ecosystem: str, release: str = "") -> tuple[str, str] | None:
    """A package's name, as ``record`` writes it, and a version; the same each time. None if the record is
    withdrawn, or about nothing in ``release`` whose versions can be read."""
    known = index(ecosystem, [record])
    lowest = "0.0.0" if ECOSYSTEMS[ecosystem].order is semver else "0"
    for name in sorted(known.packed):
        for advisory in known.of(name):
            for version in _versions(advisory, release, lowest):
                if judge(Place(ecosystem, release, name, version), known).findings:
                    return advisory.package, version
    return None


def _versions(advisory: Advisory, release: str, lowest: str) -> Iterator[str]:
    """Those that may be affected, the likeliest first."""
    begins = False
    for block in advisory.blocks:
        if block.release in ("", release):
            first = [event.introduced for events in block.ranges for event in events if event.introduced]
            yield from (version for version in first if version != "0")
            yield from block.versions[:1]
            begins = begins or "0" in first
    if begins:
        yield lowest
