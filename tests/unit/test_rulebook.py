"""Which policy and which waivers hold for an image of a project."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden_images.errors import DefinitionError
from golden_images.project import load
from golden_images.rulebook import policy_of, waivers, waivers_of
from tests.fakes.policy import NOW, WEB, project

STRICT = "schema: 1\nname: strict\nages: {base: {days: 30}}\n"
WAIVER = """schema: 1
waivers:
  - finding: CVE-2026-1
    images: [IMAGE]
    status: under_investigation
    owner: platform
    reason: It is looked at.
    expires: 2026-12-31
"""


def test_the_organisation_s_default_holds(tmp_path: Path) -> None:
    found = load(project(tmp_path, policies__strict=STRICT))
    asked = policy_of(found, found.definition("web"))
    assert asked is not None
    assert (asked.name, asked.asked) == ("strict", {"ages": {"base": {"days": 30}}})


def test_without_one_only_the_stages_judge(tmp_path: Path) -> None:
    found = load(project(tmp_path, default=None, policies__strict=STRICT))
    assert policy_of(found, found.definition("web")) is None


def test_an_image_names_its_own_and_asks_for_more(tmp_path: Path) -> None:
    own = f"{WEB}policy: {{name: own, ages: {{base: {{days: 3}}}}, stages: [lint]}}\n"
    found = load(
        project(
            tmp_path, images__web=own, policies__strict=STRICT, policies__own=STRICT.replace("strict", "own")
        )
    )
    asked = policy_of(found, found.definition("web"))
    assert asked is not None
    assert (asked.name, asked.asked) == ("own", {"ages": {"base": {"days": 3}}, "stages": ["lint"]})


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("{ages: {base: {days: 31}}}", "6:30: policy.ages.base.days: 31 is looser than the policy strict"),
        ("{name: strcit}", "6:16: policy.name: there is no policy 'strcit'; include/policies has strict"),
        ("{stages: [scam]}", "6:19: policy.stages[0]: the pipeline has no stage 'scam'"),
        (
            "{vulnerabilities: [{severity: hihg}]}",
            "6:39: policy.vulnerabilities[0].severity: 'hihg' is not one of",
        ),
    ],
)
def test_an_image_that_asks_for_less_is_broken_at_the_line(tmp_path: Path, policy: str, told: str) -> None:
    found = load(project(tmp_path, images__web=f"{WEB}policy: {policy}\n", policies__strict=STRICT))
    (problem,) = found.broken["web"]
    assert told in str(problem)


def test_an_option_below_a_floor_is_told_at_the_line(tmp_path: Path) -> None:
    own = f"{WEB}stages:\n  test: {{minimum: 2}}\n"
    floors = "schema: 1\nname: strict\nfloors: {test: {minimum: 3}}\n"
    (problem,) = load(project(tmp_path, images__web=own, policies__strict=floors)).broken["web"]
    assert (problem.line, problem.message) == (7, "is 2; wanted is at least 3, by the policy strict")


def test_a_broken_policy_costs_what_is_judged_by_it_and_nothing_else(tmp_path: Path) -> None:
    own = f"{WEB.replace('web', 'own')}policy: {{name: own}}\n"
    found = load(
        project(
            tmp_path,
            images__own=own,
            policies__strict="schema: 1\nname: strict\ncolour: red\n",
            policies__own=STRICT.replace("strict", "own"),
        )
    )
    assert set(found.definitions) == {"web", "own"}
    with pytest.raises(DefinitionError) as raised:
        policy_of(found, found.definition("web"))
    assert "strict.yaml:3:1: colour: unknown key" in str(raised.value)
    assert policy_of(found, found.definition("own")) is not None


def test_a_default_without_a_file_is_told_where_it_is_named(tmp_path: Path) -> None:
    found = load(project(tmp_path, default="strcit", policies__strict=STRICT))
    with pytest.raises(DefinitionError) as raised:
        policy_of(found, found.definition("web"))
    assert "golden_images.yaml:2:20: defaults.policy: there is no policy 'strcit'" in str(raised.value)
    assert "did you mean strict?" in str(raised.value)


def test_waivers_of_an_image(tmp_path: Path) -> None:
    root = project(tmp_path, policies__strict=STRICT, waivers__all=WAIVER.replace("IMAGE", "web"))
    assert [one.key for one in waivers_of(load(root), "web", NOW)] == ["CVE-2026-1"]
    assert waivers_of(load(root), "other", NOW) == ()


def test_a_broken_file_of_waivers_stops_every_image(tmp_path: Path) -> None:
    root = project(tmp_path, policies__strict=STRICT, waivers__all=WAIVER.replace("IMAGE", "wbe"))
    with pytest.raises(DefinitionError) as raised:
        waivers_of(load(root), "web", NOW)
    assert "did you mean web?" in str(raised.value)


def test_how_long_a_waiver_may_last_is_the_policy_s(tmp_path: Path) -> None:
    strict = f"{STRICT}waivers: {{longest_days: 7}}\n"
    root = project(tmp_path, policies__strict=strict, waivers__all=WAIVER.replace("IMAGE", "web"))
    (problem,) = waivers(load(root), NOW).problems
    assert "more than 7 days" in problem.message


def test_an_image_that_allows_shorter_waivers_stops_no_other(tmp_path: Path) -> None:
    brief = f"{WEB.replace('web', 'brief')}policy: {{waivers: {{longest_days: 7}}}}\n"
    found = load(
        project(
            tmp_path,
            images__brief=brief,
            policies__strict=STRICT,
            waivers__all=WAIVER.replace("IMAGE", "'*'"),
        )
    )
    assert [one.key for one in waivers_of(found, "web", NOW)] == ["CVE-2026-1"]
    for image in ("brief", "gone"):
        with pytest.raises(DefinitionError, match="as long as the policy of brief allows"):
            waivers_of(found, image, NOW)
    assert len(waivers(found, NOW).problems) == 1
