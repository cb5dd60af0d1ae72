"""The rules of the ledger of base versions.

A row of the ledger is a *fact*: "at this time, this base was this digest". A *version* is a change
of digest. Facts come late, twice and in any order; the versions read from them do not depend on the
order in which the facts came.

- Times are kept in whole seconds of UTC, the resolution of a partition key: the key of a version
  leads back to exactly that version.
- The same base, digest and time is one row, however often it is reported.
- Facts are sorted by time, not by arrival: an older one that comes late takes its place in the past.
- Neighbours of one digest are one version, dated by the first: a base that still is what it was has
  not been released anew.
- A digest that comes back after another one (a tag moved back) is a new version with the new time,
  because it is what the base was from then on.
- Two digests at the same second are two versions, in the order of their arrival.
- What the watch reports is an observation at a time of its own choosing: it is kept only if the base
  was something else until then, so that polling does not grow the ledger.
- A time in the future beyond :data:`TOLERANCE` (by the catalog's clock) is refused: it would stand
  as the newest version and hide the real ones until its time has come. Within the tolerance it is
  taken as it is: clocks differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from golden_images.core.release import BaseVersion
from golden_images.errors import InputError

#: How far a reporter's clock may be ahead of the catalog's.
TOLERANCE = timedelta(minutes=5)

#: The source whose facts are observations.
WATCH = "watch"


def admitted(version: BaseVersion, now: datetime) -> BaseVersion:
    """``version`` as the ledger keeps it; raises InputError if it lies in the future."""
    if version.at.tzinfo is None:
        raise ValueError(f"{version.at.isoformat()} has no time zone")
    if version.at > now + TOLERANCE:
        ahead = int((version.at - now).total_seconds())
        when, clock = (f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}" for time in (version.at, now))
        raise InputError(
            f"{version.base}: a base version of {when} lies in the future",
            cause=f"by the catalog's clock it is {clock}, {ahead} s earlier (source: {version.source})",
            remedy="correct the time of the entry, or the clock of the machine that reported it",
        )
    return replace(version, at=version.at.astimezone(UTC).replace(microsecond=0))


def is_news(version: BaseVersion, facts: Sequence[BaseVersion]) -> bool:
    """Whether an admitted ``version`` is kept; ``facts`` are those of its base, sorted."""
    if any(fact.digest == version.digest and fact.at == version.at for fact in facts):
        return False
    if version.source != WATCH:
        return True
    before = as_of(facts, version.at)
    return before is None or before.digest != version.digest


def news(versions: Iterable[BaseVersion], facts: Mapping[str, Sequence[BaseVersion]]) -> list[BaseVersion]:
    """Those of the admitted ``versions``, of any bases, that are kept when they come in this order;
    ``facts`` are those of each base, sorted."""
    found: list[BaseVersion] = []
    known = {(base, fact.digest, fact.at) for base, each in facts.items() for fact in each}
    for version in versions:
        key = (version.base, version.digest, version.at)
        if key in known:
            continue
        if version.source == WATCH:
            standing = [*facts.get(version.base, ()), *(one for one in found if one.base == version.base)]
            if not is_news(version, sorted(standing, key=lambda fact: fact.at)):
                continue
        known.add(key)
        found.append(version)
    return found


def versions(facts: Iterable[BaseVersion]) -> list[BaseVersion]:
    """The changes among sorted ``facts`` of one base, oldest first."""
    changes: list[BaseVersion] = []
    for fact in facts:
        if not changes or changes[-1].digest != fact.digest:
            changes.append(fact)
    return changes


def between(
    facts: Iterable[BaseVersion], since: datetime | None, until: datetime | None
) -> list[BaseVersion]:
    """The versions that began in the window, bounds included."""
    return [
        version
        for version in versions(facts)
        if (since is None or version.at >= since) and (until is None or version.at <= until)
    ]


def as_of(facts: Iterable[BaseVersion], at: datetime) -> BaseVersion | None:
    """What the base was at that time: the newest version that had begun; None before the first."""
    begun = between(facts, None, at)
    return begun[-1] if begun else None
