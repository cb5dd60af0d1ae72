"""Whether a version is affected, and where that ends.

Source: https://ossf.github.io/osv-schema/#evaluation
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from golden_images.core.osv.record import Event
from golden_images.core.versions.order import Order


def listed(version: str, versions: Collection[str]) -> bool:
    """A tag's ``v`` is no part of its version."""
    plain = version.removeprefix("v")
    return version in versions or plain in versions or f"v{plain}" in versions


def within(version: str, events: Sequence[Event], order: Order) -> bool:
    """Raises ValueError where a version cannot be read."""
    at = order(version)
    limits = [event.limit for event in events if event.limit]
    events = [event for event in events if not event.limit] if limits else events
    if limits and not any(limit == "*" or at < order(limit) for limit in limits):
        return False
    affected = False
    for event in _sorted(events, order):
        if event.introduced:
            affected = affected or event.introduced == "0" or at >= order(event.introduced)
        elif event.fixed:
            affected = affected and at < order(event.fixed)
        elif event.last_affected:
            affected = affected and (event.last_affected == version or at <= order(event.last_affected))
    return affected


def fixed(version: str, ranges: Iterable[Sequence[Event]], order: Order) -> str:
    """The first version behind ``version`` in which it is mended; empty if none is known."""
    at = order(version)
    found = [event.fixed for events in ranges for event in events if event.fixed and order(event.fixed) > at]
    return min(found, key=order, default="")


def _sorted(events: Sequence[Event], order: Order) -> Sequence[Event]:
    """Of the same version they stay as they are written: one range's end may be the next one's begin."""
    if len(events) <= 2 and events[0].introduced == "0":
        return events
    return sorted(events, key=lambda event: (0,) if event.introduced == "0" else (1, order(event.version)))
