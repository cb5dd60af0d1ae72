"""What has to be there."""

from __future__ import annotations

from typing import Any

import pytest

from golden_images.core.policy.evaluate import evaluate
from golden_images.core.policy.input import ComplianceSeen, StageSeen
from golden_images.core.policy.verdict import Decision
from tests.fakes.policy import judge, only, options, policy, scan, seen
from tests.fakes.world import child, root


def test_a_stage_has_passed_failed_or_does_not_apply() -> None:
    rules = policy(stages=["test"])
    assert only(rules, seen(evidence={"test": StageSeen(passed=True)})).decision is Decision.PASS
    outcome = only(rules, seen(evidence={"test": StageSeen(passed=False, problems=("no evidence",))}))
    assert (outcome.decision, outcome.saw) == (Decision.FAIL, "no evidence")
    outcome = only(rules, seen())
    assert (outcome.decision, outcome.saw) == (Decision.PASS, "does not apply to this image")


def test_a_scanner_that_has_not_answered_fails() -> None:
    rules = policy(scanners=["distro", "osv"])
    found = {one.rule: one for one in judge(rules, seen(scans=(scan("osv"),))).rules}
    assert found["the scanner osv has answered"].decision is Decision.PASS
    assert found["the scanner distro has answered"].decision is Decision.FAIL


@pytest.mark.parametrize(
    ("asked", "score", "failed", "decision"),
    [
        ({"minimum_score": 90}, 90, (), Decision.PASS),
        ({"minimum_score": 90}, 89.9, (), Decision.FAIL),
        ({"minimum_score": 90, "action": "warn"}, 10, (), Decision.WARN),
        ({"must_pass": ["a"]}, 10, ("b",), Decision.PASS),
        ({"must_pass": ["a"]}, 99, ("a",), Decision.FAIL),
    ],
)
def test_compliance(asked: dict[str, Any], score: float, failed: tuple[str, ...], decision: Decision) -> None:
    found = seen(compliance=ComplianceSeen(score=score, failed=failed))
    assert only(policy(compliance=asked), found).decision is decision


def test_compliance_that_nobody_checked() -> None:
    assert only(policy(compliance={"minimum_score": 1}), seen()).decision is Decision.FAIL
    assert only(policy(compliance={"minimum_score": 1, "optional": True}), seen()).decision is Decision.PASS


def test_annotations_and_labels() -> None:
    rules = policy(annotations=["org.opencontainers.image.source"], labels=["team"])
    found = judge(
        rules, seen(labels={"team": "platform"}, annotations={"org.opencontainers.image.source": ""})
    )
    assert [one.rule for one in found.failing] == ["the annotation org.opencontainers.image.source is there"]
    assert found.to_do() == (
        "say org.opencontainers.image.source below about in the definition: there is no annotation"
        " org.opencontainers.image.source",
    )


def test_options_below_a_floor() -> None:
    rules = policy(floors={"test": {"minimum": 5}, "lint": {"fail_on": "warning"}})
    loose = child(stages={"test": {"minimum": 4}, "lint": {"fail_on": "note"}})
    found = evaluate(rules, (), seen(), options(loose))
    assert [one.saw for one in found.failing] == ["is 4; wanted is at least 5"]
    # A root base has no Dockerfile, so that lint does not apply to it.
    found = evaluate(rules, (), seen(), options(root(stages={"test": {"minimum": 5}})))
    assert found.passed
