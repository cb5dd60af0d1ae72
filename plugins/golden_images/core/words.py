"""Words that people read, wherever they read them."""

from __future__ import annotations

from datetime import UTC, datetime


def count(number: int, one: str, many: str = "") -> str:
    """``1 problem``, ``2 problems``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def moment(time: datetime) -> str:
    """``2026-11-23T02:00:00Z``: RFC 3339 in UTC, to the second."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def moment_of(text: str) -> datetime | None:
    """The time that others wrote, in UTC; None for no time, for one without a zone, and for one at either
    end of the calendar, which can be neither converted nor followed."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo and 2000 <= at.year <= 9000 else None


def asked_by(actor: str, note: str) -> str:
    """``alice: a key was lost``: who asked for a run, and why; as much of it as is known."""
    return ": ".join(part for part in (actor, note) if part)
