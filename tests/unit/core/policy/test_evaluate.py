"""A whole policy: every rule has an outcome, and the order is what matters."""

from __future__ import annotations

from golden_images.core.policy.input import StageSeen
from golden_images.core.policy.verdict import Decision
from tests.fakes.policy import judge, package, policy, seen, vulnerability

WHOLE = policy(
    stages=["test"],
    scanners=["osv"],
    vulnerabilities=[{"severity": "high", "fixed": False, "action": "warn"}, {"severity": "critical"}],
    licences=[{"deny": ["SSPL-*"]}],
    packages=[{"deny": ["telnet"]}],
    ages={"base": {"days": 30}, "databases": {"any": {"days": 3}}},
    labels=["team"],
    compliance={"minimum_score": 90, "optional": True},
)


def test_every_rule_is_told_and_what_fails_first() -> None:
    found = seen(
        evidence={"test": StageSeen(passed=True)},
        vulnerabilities=(vulnerability(), vulnerability("CVE-2026-2", "high", fixed_versions=())),
        packages=(package("telnet", "MIT"),),
    )
    verdict = judge(WHOLE, found)
    assert [(one.decision, one.rule) for one in verdict.rules] == [
        (Decision.FAIL, "critical"),
        (Decision.FAIL, "no package telnet"),
        (Decision.FAIL, "the label team is there"),
        (Decision.WARN, "high or worse, unfixed"),
        (Decision.PASS, "test has passed"),
        (Decision.PASS, "the scanner osv has answered"),
        (Decision.PASS, "the database osv is at most 3 days old"),
        (Decision.PASS, "no licence SSPL-*"),
        (Decision.PASS, "compliance"),
        (Decision.PASS, "the base is at most 30 days old"),
    ]


def test_what_was_not_looked_at_comes_before_what_was_found() -> None:
    verdict = judge(WHOLE, seen(scans=(), evidence={"test": StageSeen(passed=False)}))
    assert [one.rule for one in verdict.failing][:2] == ["test has passed", "the scanner osv has answered"]


def test_an_empty_policy_passes_everything() -> None:
    assert judge(policy(), seen(scans=(), packages=None)).rules == ()


def test_a_verdict_goes_through_json() -> None:
    verdict = judge(WHOLE, seen(vulnerabilities=(vulnerability(),)))
    assert type(verdict).model_validate_json(verdict.model_dump_json()) == verdict
