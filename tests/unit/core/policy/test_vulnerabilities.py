"""Rules about vulnerabilities: what each matches, and what cannot be said."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from golden_images.core.policy.input import ListSeen, NoticeSeen
from golden_images.core.policy.verdict import Decision
from golden_images.core.policy.vulnerabilities import named
from tests.fakes.policy import NOW, judge, only, policy, scan, seen, vulnerability, waiver

KEV = ListSeen(name="kev", built=NOW, digest="sha256:1")
EPSS = ListSeen(name="epss", built=NOW, digest="sha256:2")


def decides(rule: dict[str, Any], **about: Any) -> Decision:
    found = seen(vulnerabilities=(vulnerability(**about),), lists=(KEV, EPSS))
    return only(policy(vulnerabilities=[{"action": "fail", **rule}]), found).decision


@pytest.mark.parametrize(
    ("severity", "least", "fails"),
    [
        ("critical", "critical", True),
        ("high", "critical", False),
        ("critical", "high", True),
        ("medium", "high", False),
        # What nobody rated may be the worst.
        ("unknown", "critical", True),
    ],
)
def test_severity_is_a_threshold(severity: str, least: str, fails: bool) -> None:
    assert (decides({"severity": least}, severity=severity) is Decision.FAIL) is fails


@pytest.mark.parametrize(
    ("fixed", "versions", "fails"),
    [(True, ("2",), True), (True, (), False), (False, ("2",), False), (False, (), True)],
)
def test_fixed_and_unfixed(fixed: bool, versions: tuple[str, ...], fails: bool) -> None:
    assert (decides({"fixed": fixed}, fixed_versions=versions) is Decision.FAIL) is fails


@pytest.mark.parametrize(
    ("since", "fails"),
    [
        (date(2026, 11, 16), True),
        (date(2026, 11, 17), False),
        (date(2026, 11, 24), False),
        (date(2026, 11, 25), False),
        (date(2026, 11, 26), True),
        (None, True),
    ],
)
def test_a_fix_has_been_there_for_more_than_seven_days(since: date | None, fails: bool) -> None:
    """One whose date nobody knows counts as that old, and so does one of the future."""
    assert (decides({"fixed": True, "for_more_than_days": 7}, fixed_since=since) is Decision.FAIL) is fails


def test_known_to_be_exploited() -> None:
    assert decides({"exploited": True}, severity="low", exploited=date(2026, 1, 1)) is Decision.FAIL
    assert decides({"exploited": True}, severity="critical") is Decision.PASS


def test_likely_to_be_exploited() -> None:
    assert decides({"probability": 0.5}, probability=0.5) is Decision.FAIL
    assert decides({"probability": 0.5}, probability=0.49) is Decision.PASS


def test_a_rule_that_warns_keeps_nothing_from_being_released() -> None:
    verdict = judge(
        policy(vulnerabilities=[{"severity": "high", "action": "warn"}]),
        seen(vulnerabilities=(vulnerability(),)),
    )
    assert verdict.passed
    assert [str(one) for one in verdict.warning] == ["warn: high or worse: 1 of 1 vulnerability"]


def test_without_an_answer_nothing_is_clean() -> None:
    outcome = only(policy(vulnerabilities=[{"severity": "high", "action": "warn"}]), seen(scans=()))
    assert (outcome.decision, outcome.saw) == (Decision.FAIL, "no scanner has answered")


@pytest.mark.parametrize(("rule", "lacking"), [({"exploited": True}, "kev"), ({"probability": 0.1}, "epss")])
def test_without_its_list_a_rule_fails(rule: dict[str, Any], lacking: str) -> None:
    outcome = only(policy(vulnerabilities=[rule]), seen())
    assert outcome.decision is Decision.FAIL
    assert lacking in outcome.saw


def test_what_is_held_says_package_fix_and_who_found_it() -> None:
    outcome = only(
        policy(vulnerabilities=[{"severity": "high"}]),
        seen(vulnerabilities=(vulnerability(exploited=date(2026, 1, 2)),)),
    )
    (held,) = outcome.held
    assert (
        str(held)
        == "CVE-2026-1 critical in openssl 3.0.14-1 (fixed in 3.0.15-1; exploited since 2026-01-02; by osv)"
    )
    assert held.remedy == "update openssl 3.0.14-1 to 3.0.15-1"


def test_without_a_fix_there_is_a_waiver_where_the_rule_takes_one() -> None:
    found = seen(vulnerabilities=(vulnerability(fixed_versions=()),))
    (held,) = only(policy(vulnerabilities=[{"severity": "high"}]), found).held
    assert "waive" in held.remedy
    (held,) = only(policy(vulnerabilities=[{"severity": "high", "waivable": False}]), found).held
    assert "waive" not in held.remedy


def test_a_waiver_lifts_by_any_name_of_the_finding() -> None:
    found = seen(vulnerabilities=(vulnerability(aliases=("GHSA-1", "DSA-5-1")),))
    rules = policy(vulnerabilities=[{"severity": "high"}])
    for name in ("CVE-2026-1", "ghsa-1"):
        outcome = only(rules, found, waiver(name))
        assert (outcome.decision, outcome.saw) == (Decision.PASS, "none of 1 vulnerability, 1 more waived")
        assert [one.owner for one in outcome.lifted] == ["platform"]
    assert only(rules, found, waiver("CVE-2026-2")).decision is Decision.FAIL


def test_a_rule_may_take_no_waiver() -> None:
    rules = policy(vulnerabilities=[{"severity": "high", "waivable": False}])
    assert only(rules, seen(vulnerabilities=(vulnerability(),)), waiver()).decision is Decision.FAIL


def test_the_rules_about_the_worst_come_first() -> None:
    rules = policy(vulnerabilities=[{"severity": "low"}, {"severity": "critical"}, {"exploited": True}])
    found = seen(vulnerabilities=(vulnerability(exploited=date(2026, 1, 1)),), lists=(KEV,))
    told = [one.rule for one in judge(rules, found).rules]
    assert told == ["known to be exploited", "critical", "low or worse"]


def test_a_package_is_named_by_its_url() -> None:
    assert named("pkg:pypi/requests@2.0?x=y") == "requests 2.0"
    assert named("pkg:deb/debian/openssl") == "openssl"
    assert named("no url") == "no url"


ENDED = NoticeSeen(id="support-ended", package="pkg:deb/debian/nodejs@12", message="since 2024")


def test_packages_whose_security_support_has_ended() -> None:
    rules, scans = policy(support=[{"state": "ended"}]), (scan("distro"),)
    outcome = only(rules, seen(scans=scans, notices=(ENDED,)))
    assert (outcome.decision, [str(one) for one in outcome.held]) == (
        Decision.FAIL,
        ["nodejs 12: since 2024"],
    )
    assert only(rules, seen(scans=scans)).decision is Decision.PASS
    limited = policy(support=[{"state": "limited"}])
    assert only(limited, seen(scans=scans, notices=(ENDED,))).decision is Decision.PASS
    mine = waiver("support-ended", package="pkg:deb/debian/nodejs")
    assert only(rules, seen(scans=scans, notices=(ENDED,)), mine).decision is Decision.PASS


def test_only_the_scanner_of_the_distribution_tells_of_support() -> None:
    outcome = only(policy(support=[{"state": "limited", "action": "warn"}]), seen(scans=(scan("osv"),)))
    assert (outcome.decision, outcome.saw) == (Decision.FAIL, "the scanner distro has not answered")
