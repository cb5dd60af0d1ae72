"""A policy in a plan, and how a change of it is told."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from golden_images.core.policy.demand import PolicyDemand, changes
from tests.fakes.policy import policy


def demand(text: str = "", /, **fields: Any) -> PolicyDemand:
    return PolicyDemand.of(policy(**fields), text)


def told(before: PolicyDemand | None, after: PolicyDemand | None) -> list[str]:
    return [str(change) for change in changes(before, after)]


def test_a_plan_gives_the_policy_back() -> None:
    made = policy(
        vulnerabilities=[{"severity": "high"}], ages={"base": {"days": 3}}, floors={"test": {"minimum": 2}}
    )
    assert PolicyDemand.of(made, "").policy() == made
    with pytest.raises(ValidationError):
        PolicyDemand(name="strict", asked={"of_tomorrow": 1}).policy()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (None, demand(), "policy none → strict"),
        (demand(), None, "policy strict → none"),
        (demand(), demand(name="other"), "policy strict → other"),
        (
            demand(vulnerabilities=[{"severity": "critical"}]),
            demand(
                vulnerabilities=[
                    {"severity": "critical"},
                    {"severity": "high", "fixed": False, "action": "warn"},
                ]
            ),
            "policy.vulnerabilities.high or worse, unfixed none → warn",
        ),
        (
            demand(vulnerabilities=[{"severity": "critical"}]),
            demand(vulnerabilities=[{"severity": "critical", "waivable": False}]),
            "policy.vulnerabilities.critical fail → fail, never waived",
        ),
        (demand(stages=["lint"]), demand(), "policy.stages.lint asked for → none"),
        (
            demand(ages={"base": {"days": 3}}),
            demand(ages={"base": {"days": 4}}),
            "policy.ages.base.days 3 → 4",
        ),
        (demand(waivers={"longest_days": 3}), demand(), "policy.waivers.longest_days 3 → none"),
    ],
)
def test_a_change_is_told_by_the_field(
    before: PolicyDemand | None, after: PolicyDemand | None, words: str
) -> None:
    assert told(before, after) == [words]


def test_another_text_of_rego_is_a_change() -> None:
    (change,) = changes(demand("a", rego="x.rego"), demand("b", rego="x.rego"))
    assert change.path == "policy.rego"


def test_what_cannot_be_told_by_a_field_is_told_all_the_same() -> None:
    """The order of rules, or a reason given for one."""
    (change,) = changes(
        demand(vulnerabilities=[{"severity": "high"}]),
        demand(vulnerabilities=[{"severity": "high", "because": "x"}]),
    )
    assert change.path == "policy"
    assert told(demand(), demand()) == []


def test_a_policy_of_another_version_is_told_field_by_field() -> None:
    before = PolicyDemand(name="strict", asked={"of_yesterday": 1})
    assert told(before, demand()) == ["policy.of_yesterday 1 → none"]
