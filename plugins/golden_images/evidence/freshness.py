"""Freshness: whether evidence still holds. A question of its own, asked of evidence that was chosen."""

from __future__ import annotations

from datetime import datetime, timedelta

from golden_images.core.judging import Demand
from golden_images.core.words import moment
from golden_images.evidence.snapshot import Attempt

#: How far a worker's clock may be ahead of another's.
_CLOCKS = timedelta(minutes=5)


def stale(demand: Demand, attempt: Attempt, now: datetime) -> str:
    """Why ``attempt`` no longer holds, in a sentence; empty if it does. A report from the future holds no
    longer than one that is made now, so it is stale."""
    holds = demand.evidence.holds
    if holds is None:
        return ""
    if attempt.made_at > now + _CLOCKS:
        return f"its report is of {moment(attempt.made_at)}, which is to come"
    if attempt.made_at + holds < now:
        return f"its report is of {moment(attempt.made_at)} and holds for {holds}"
    return ""
