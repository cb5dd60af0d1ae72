"""Words that people read, wherever they read them."""

from __future__ import annotations

from datetime import UTC, datetime

#: Control characters, and those of the writing direction, never reach a terminal; a tab may.
VISIBLE = dict.fromkeys(
    (*range(9), *range(10, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd"
)


def one_line(text: str) -> str:
    """``text`` without its line breaks and runs of white space; what would steer a terminal is shown."""
    return " ".join(text.split()).translate(VISIBLE)


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
