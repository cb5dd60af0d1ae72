"""What an image may ask of itself beyond its policy."""

from __future__ import annotations

from typing import Any

import pytest

from golden_images.core.policy.model import Choice
from golden_images.core.policy.stricter import looser, together
from tests.fakes.policy import TABLE, policy

POLICY = policy(
    stages=["lint"],
    vulnerabilities=[{"severity": "critical"}],
    compliance={"minimum_score": 80, "must_pass": ["a"]},
    ages={"base": {"days": 30}, "databases": {"any": {"days": 7}, "kev": {"days": 20, "action": "warn"}}},
    floors={"test": {"minimum": 3}, "lint": {"ignore": ["DL3008"]}},
    waivers={"longest_days": 60},
)


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"compliance": {"minimum_score": 79}}, "compliance.minimum_score"),
        ({"compliance": {"optional": True}}, "compliance.optional"),
        ({"compliance": {"action": "warn"}}, "compliance.action"),
        ({"ages": {"base": {"days": 31}}}, "ages.base.days"),
        ({"ages": {"base": {"days": 30, "action": "warn"}}}, "ages.base.action"),
        ({"ages": {"databases": {"osv": {"days": 8}}}}, "ages.databases.osv.days"),
        ({"ages": {"databases": {"kev": {"days": 21}}}}, "ages.databases.kev.days"),
        ({"floors": {"test": {"minimum": 2}}}, "floors.test.minimum"),
        ({"floors": {"lint": {"ignore": ["DL3008", "DL3009"]}}}, "floors.lint.ignore"),
        ({"waivers": {"longest_days": 61}}, "waivers.longest_days"),
    ],
)
def test_less_is_refused_where_it_stands(asked: dict[str, Any], where: str) -> None:
    (found,) = looser(POLICY, Choice.model_validate(asked), TABLE.options)
    assert ".".join(map(str, found.loc)) == where
    assert "strict" in found.message


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"stages": ["test"], "vulnerabilities": [{"severity": "low", "action": "warn"}]},
        {"compliance": {"minimum_score": 80, "must_pass": ["b"]}},
        {"ages": {"base": {"days": 1}, "databases": {"osv": {"days": 7}, "kev": {"days": 1}}}},
        {"floors": {"test": {"minimum": 4}, "lint": {"ignore": [], "fail_on": "note"}}},
        {"waivers": {"longest_days": 1}},
    ],
)
def test_more_is_taken(asked: dict[str, Any]) -> None:
    assert list(looser(POLICY, Choice.model_validate(asked), TABLE.options)) == []


def test_together_nothing_of_the_policy_is_lost() -> None:
    choice = Choice.model_validate(
        {
            "stages": ["test"],
            "vulnerabilities": [{"severity": "low", "action": "warn"}],
            "compliance": {"minimum_score": 90, "must_pass": ["b"]},
            "ages": {"base": {"days": 1, "action": "warn"}, "databases": {"osv": {"days": 2}}},
            "floors": {"lint": {"fail_on": "note"}},
            "waivers": {"longest_days": 10},
        }
    )
    both = together(POLICY, choice)
    assert both.stages == ("lint", "test")
    assert [one.title for one in both.vulnerabilities] == ["critical", "low or worse"]
    assert both.compliance is not None
    assert (both.compliance.minimum_score, both.compliance.must_pass) == (90, ("a", "b"))
    assert both.ages.base is not None
    assert (both.ages.base.days, both.ages.base.action) == (1, "fail")
    limits = {name: age.days for name, age in both.ages.databases.items()}
    assert limits == {"any": 7, "kev": 20, "osv": 2}
    assert both.floors == {"test": {"minimum": 3}, "lint": {"ignore": ("DL3008",), "fail_on": "note"}}
    assert both.longest_waiver_days == 10


def test_an_empty_choice_changes_nothing() -> None:
    assert together(POLICY, Choice()) == POLICY


def test_what_the_image_asks_of_every_database_holds_for_those_that_the_policy_names() -> None:
    both = together(POLICY, Choice.model_validate({"ages": {"databases": {"any": {"days": 2}}}}))
    limits = {name: (age.days, age.action) for name, age in both.ages.databases.items()}
    assert limits == {"any": (2, "fail"), "kev": (2, "fail")}
