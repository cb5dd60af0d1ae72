"""When to try again and how long to wait, for every foreign thing. Pure: time and chance are handed in.

An adapter says what may pass by itself, and how often and how long it is worth trying; nothing else. The
loop is ours, because a transfer that goes on begins its time anew, and what a registry asks is a floor.

Source: RFC 9110 section 10.2.3 (Retry-After); "full jitter" as in AWS's "Exponential Backoff And
Jitter".
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypeVar

T = TypeVar("T")

#: HTTP: the service is overloaded, stumbled, or something in front of it could not reach it.
PASSING = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Clock:
    """Time, waiting and chance; tests hand in others so that waiting takes no time."""

    #: Seconds that only ever grow.
    monotonic: Callable[[], float] = time.monotonic
    #: Seconds since the epoch.
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    #: In [0, 1).
    random: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most ``attempts`` tries and ``total`` seconds of trying, whichever ends first."""

    attempts: int = 6
    #: The first wait is up to this many seconds; each next one up to twice as many.
    base: float = 0.5
    cap: float = 20.0
    total: float = 180.0

    def wait(self, attempt: int, retry_after: float | None, chance: float) -> float:
        """Seconds to wait after try number ``attempt`` (from 1). What the service asks is a floor."""
        backoff = min(self.cap, self.base * 2.0 ** (attempt - 1)) * (0.5 + chance / 2)
        return max(backoff, retry_after or 0.0)


@dataclass(slots=True)
class Attempts:
    """The tries of one call."""

    policy: RetryPolicy
    clock: Clock
    made: int = 1
    started: float = 0.0

    def __post_init__(self) -> None:
        self.started = self.clock.monotonic()

    def run(self, do: Callable[[], T], may_pass: Callable[[Exception], bool]) -> T:
        """``do()``, again while it raises what ``may_pass``; the last try's exception is raised."""
        while True:
            try:
                return do()
            except Exception as error:
                if not may_pass(error) or not self.again():
                    raise

    def progress(self) -> None:
        """Something was achieved: the total time counts from now."""
        self.started = self.clock.monotonic()

    def again(self, retry_after: float | None = None) -> bool:
        """Waits for the next try; False, at once, if there is none left."""
        if self.made >= self.policy.attempts:
            return False
        wait = self.policy.wait(self.made, retry_after, self.clock.random())
        if self.clock.monotonic() - self.started + wait > self.policy.total:
            return False
        self.clock.sleep(wait)
        self.made += 1
        return True


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds that a ``Retry-After`` header asks for; None without one or if it is unreadable."""
    if not value:
        return None
    text = value.strip()
    if text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - now)
