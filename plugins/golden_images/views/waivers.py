"""Waivers, and how long each of them counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from golden_images.core.waivers.expiry import WARNING
from golden_images.core.waivers.model import Waiver


class WaiverState(StrEnum):
    COUNTS = "counts"
    #: Within the time in which people are told.
    ENDS = "ends"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class WaiverLine:
    """``package`` and ``digest`` are None where it holds for all."""

    finding: str
    images: tuple[str, ...]
    package: str | None
    digest: str | None
    status: str
    justification: str | None
    owner: str
    reason: str
    expires: datetime
    state: WaiverState


def waiver_lines(waivers: Iterable[Waiver], now: datetime) -> tuple[WaiverLine, ...]:
    """The one that ends first at the top."""
    return tuple(
        WaiverLine(
            finding=one.finding,
            images=one.images,
            package=one.package,
            digest=one.digest,
            status=one.status,
            justification=one.justification,
            owner=one.owner,
            reason=one.reason,
            expires=one.expires,
            state=_state(one, now),
        )
        for one in sorted(waivers, key=lambda one: (one.expires, one.key, one.images))
    )


def _state(waiver: Waiver, now: datetime) -> WaiverState:
    if not waiver.counts(now):
        return WaiverState.ENDED
    return WaiverState.ENDS if waiver.expires - now <= WARNING else WaiverState.COUNTS
