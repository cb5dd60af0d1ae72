"""Each rule by its words, and what it has to say to be one."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.fakes.policy import policy


@pytest.mark.parametrize(
    ("rule", "title"),
    [
        (
            {"severity": "critical", "fixed": True, "for_more_than_days": 0},
            "critical, fixed for more than 0 days",
        ),
        ({"severity": "high", "fixed": False}, "high or worse, unfixed"),
        ({"exploited": True}, "known to be exploited"),
        ({"probability": 0.25, "fixed": True}, "exploited with a probability of 0.25 or more, fixed"),
    ],
)
def test_a_rule_about_vulnerabilities_is_told_in_words(rule: dict[str, Any], title: str) -> None:
    assert policy(vulnerabilities=[rule]).vulnerabilities[0].title == title


def test_rules_about_contents_are_told_in_words() -> None:
    made = policy(licences=[{"deny": ["A", "B"], "unknown": True}], packages=[{"deny": ["x"]}])
    assert made.licences[0].title == "no licence A or B, no package without a known licence"
    assert made.packages[0].title == "no package x"


@pytest.mark.parametrize(
    "fields",
    [
        {"vulnerabilities": [{}]},
        {"vulnerabilities": [{"action": "fail", "waivable": False}]},
        {"vulnerabilities": [{"severity": "high", "for_more_than_days": 3}]},
        {"vulnerabilities": [{"severity": "high", "fixed": False, "for_more_than_days": 3}]},
        {"vulnerabilities": [{"severity": "none"}]},
        {"vulnerabilities": [{"severity": "high", "action": "pass"}]},
        {"licences": [{}]},
        {"packages": [{"deny": []}]},
        {"packages": [{"deny": ["*"]}]},
        {"packages": [{"deny": ["two words"]}]},
        {"scanners": ["clair"]},
        {"scanners": ["osv", "osv"]},
        {"waivers": {"longest_days": 0}},
    ],
)
def test_what_is_no_rule(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        policy(**fields)


def test_what_is_asked_leaves_defaults_and_words_out() -> None:
    assert policy(description="For all.", ages={}).asked() == {}
    assert policy(vulnerabilities=[{"severity": "high"}]).asked() == {
        "vulnerabilities": [{"severity": "high"}]
    }


def test_a_database_is_named_or_one_of_all_others() -> None:
    ages = policy(ages={"databases": {"any": {"days": 3}, "kev": {"days": 9}}}).ages
    assert [ages.of_database(name) and ages.of_database(name).days for name in ("kev", "osv")] == [9, 3]  # type: ignore[union-attr]
    assert policy().ages.of_database("osv") is None
