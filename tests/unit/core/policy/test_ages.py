"""How old the base and the databases are."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from golden_images.core.policy.input import BaseSeen, ListSeen
from golden_images.core.policy.verdict import Decision
from tests.fakes.policy import NOW, judge, only, policy, scan, seen

BASE = policy(ages={"base": {"days": 30}})


def base(since: datetime | None) -> BaseSeen:
    return BaseSeen(name="debian:12", digest="sha256:1", since=since)


@pytest.mark.parametrize(
    ("old", "decision"),
    [
        (timedelta(days=30), Decision.PASS),
        (timedelta(days=30, seconds=1), Decision.FAIL),
        (timedelta(minutes=-30), Decision.PASS),
        # Nobody's clock is that wrong.
        (timedelta(hours=-2), Decision.FAIL),
    ],
)
def test_the_base(old: timedelta, decision: Decision) -> None:
    assert only(BASE, seen(base=base(NOW - old))).decision is decision


def test_a_base_of_unknown_age_fails_and_no_base_passes() -> None:
    assert only(BASE, seen(base=base(None))).decision is Decision.FAIL
    assert only(BASE, seen(base=None)).decision is Decision.PASS


def test_databases_by_name_and_all_others() -> None:
    rules = policy(ages={"databases": {"any": {"days": 3}, "kev": {"days": 30, "action": "warn"}}})
    found = seen(
        scans=(scan("osv", built=NOW - timedelta(days=4)), scan("distro", built=NOW)),
        lists=(ListSeen(name="kev", built=NOW - timedelta(days=31), digest="x"),),
    )
    told = {one.rule: one.decision for one in judge(rules, found).rules}
    assert told == {
        "the database osv is at most 3 days old": Decision.FAIL,
        "the database kev is at most 30 days old": Decision.WARN,
        "the database distro is at most 3 days old": Decision.PASS,
    }


def test_a_database_of_the_future_fails() -> None:
    rules = policy(ages={"databases": {"any": {"days": 3, "action": "warn"}}})
    assert only(rules, seen(scans=(scan(built=NOW + timedelta(days=1)),))).decision is Decision.FAIL


def test_of_two_states_of_one_database_both_are_judged() -> None:
    rules = policy(ages={"databases": {"any": {"days": 3}}})
    old, new = NOW - timedelta(days=30), NOW
    for first, second in ((old, new), (new, old)):
        other = scan(built=second).model_copy(update={"scanner": "osv-scanner"})
        found = seen(scans=(scan(built=first), other))
        assert not judge(rules, found).passed
