"""Rules about how old the base and the databases are, by the clock of whoever judges."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from golden_images.core.policy.input import PolicyInput
from golden_images.core.policy.model import Age, Ages
from golden_images.core.policy.outcome import plain, unknown
from golden_images.core.policy.verdict import Held, RuleOutcome
from golden_images.core.words import count

#: How far a clock may be ahead of another.
_CLOCKS = timedelta(hours=1)


def databases(ages: Ages, seen: PolicyInput) -> Iterator[RuleOutcome]:
    # Two scanners, or the scans of two platforms, may have had different states of one database.
    built = {(one.database.name, one.database.built) for one in seen.scans}
    built |= {(one.name, one.built) for one in seen.lists}
    for name, at in sorted(built):
        limit = ages.of_database(name)
        if limit is not None:
            remedy = f"bring the database {name} up to date (golden-images advisories), and scan again"
            yield _aged(f"the database {name}", at, limit, seen.now, remedy)


def base(ages: Ages, seen: PolicyInput) -> Iterator[RuleOutcome]:
    limit, title, base = ages.base, "the base", seen.base
    if limit is None:
        return
    if base is None:
        yield plain(_title(title, limit), "it has none", ())
    elif base.since is None:
        saw = f"nobody knows how old {base.name} is"
        yield unknown(_title(title, limit), saw, "see golden-images bases list")
    else:
        yield _aged(title, base.since, limit, seen.now, f"take a newer version of {base.name}")


def _aged(what: str, since: datetime, limit: Age, now: datetime, remedy: str) -> RuleOutcome:
    title = _title(what, limit)
    if since > now + _CLOCKS:
        return unknown(title, f"it is of {since:%Y-%m-%d}, which is to come", remedy)
    old = now - since
    saw = f"{count(max(old.days, 0), 'day')} old"
    held = [Held(what=f"{what} is {saw}, at most {limit.days} are allowed", remedy=remedy)]
    return plain(title, saw, held if old > timedelta(days=limit.days) else (), limit.action)


def _title(what: str, limit: Age) -> str:
    return f"{what} is at most {count(limit.days, 'day')} old"
