"""Waivers that end soon, and those that have ended, in words for whoever answers for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from golden_images.core.waivers.model import Terms
from golden_images.core.words import count, moment

#: So long before its end a waiver is told about.
WARNING = timedelta(days=14)


def told(waivers: Iterable[Terms], now: datetime) -> Iterator[str]:
    """A line each, of those that end within :data:`WARNING` or have ended, the earliest first."""
    for one in sorted(waivers, key=lambda one: (one.expires, one.key)):
        if not one.counts(now):
            yield f"the waiver for {one.key} ended at {moment(one.expires)}: {one.owner} may take it out"
        elif one.expires - now <= WARNING:
            left = (one.expires - now).days
            when = f"in {count(left, 'day')}" if left else "within a day"
            ends = f"ends {when}, at {moment(one.expires)}"
            yield f"the waiver for {one.key} {ends}: {one.owner} answers for it"
