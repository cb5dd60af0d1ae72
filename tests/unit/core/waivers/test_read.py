"""Files of waivers, each fault at its place; and whom a waiver is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden_images.core.waivers.read import Waivers, read
from tests.fakes.policy import NOW

SOUND = """schema: 1
waivers:
  - finding: CVE-2026-1
    images: [web]
    status: not_affected
    justification: component_not_present
    owner: platform
    reason: It is not there.
    expires: 2026-12-31
"""


def files(folder: Path, **texts: str) -> Waivers:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    return read(folder, {"web", "nginx"}, {"web": 90, "nginx": 30}, NOW)


def test_a_waiver_is_its_images_alone(tmp_path: Path) -> None:
    found = files(tmp_path, one=SOUND)
    assert found.problems == ()
    assert [one.key for one in found.of("web")] == ["CVE-2026-1"]
    assert found.of("nginx") == ()
    assert read(tmp_path / "none", {"web"}, {}, NOW) == Waivers()


def test_of_two_of_one_key_the_one_that_counts_longer(tmp_path: Path) -> None:
    every = SOUND.replace("[web]", "['*']").replace("2026-12-31", "2026-12-20")
    (only,) = files(tmp_path, a=SOUND, b=every).of("web")
    assert only.expires.day == 31


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("owner: platform", "onwer: platform", "7: waivers[0].onwer: unknown key (owner?)"),
        ("    owner: platform\n", "", "3: waivers[0].owner: is missing"),
        ("    reason: It is not there.\n", "", "3: waivers[0].reason: is missing"),
        ("    expires: 2026-12-31\n", "", "3: waivers[0].expires: is missing"),
        ("[web]", "[wbe]", "4: waivers[0].images[0]: there is no image 'wbe' (web?)"),
        (
            "not_affected",
            "not_afected",
            "5: waivers[0].status: 'not_afected' is not one of not_affected, affected, fixed,",
        ),
        ("    justification: component_not_present\n", "", "5: waivers[0].status: needs a justification"),
        (
            "2026-12-31",
            "2027-12-31",
            "9: waivers[0].expires: is more than 90 days from now, which is as long as the policy of web",
        ),
        (
            "[web]",
            "[web, nginx]",
            "9: waivers[0].expires: is more than 30 days from now, which is as long as the policy of nginx",
        ),
        ("[web]", "['*']", "9: waivers[0].expires: is more than 30 days"),
        ("2026-12-31", "soon", "9: waivers[0].expires: 'soon' is no date"),
        ("CVE-2026-1", "all of them", "3: waivers[0].finding: 'all of them' names no finding"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    found = files(tmp_path, one=SOUND.replace(old, new)).problems
    lines = [
        f"{one.line}: {one.field}: {one.message}{one.suggestion and f' ({one.suggestion}?)'}" for one in found
    ]
    assert any(line.startswith(told) for line in lines), lines


def test_a_finding_is_waived_once(tmp_path: Path) -> None:
    twice = SOUND + SOUND.partition("waivers:\n")[2]
    (found,) = files(tmp_path, one=twice).problems
    assert (found.line, found.message) == (
        10,
        "CVE-2026-1 is waived for web by waivers[0] of one.yaml already",
    )
    (found,) = files(tmp_path, one=SOUND, two=SOUND).problems
    assert (found.path.name, "one.yaml" in found.message) == ("two.yaml", True)


def test_an_ended_waiver_is_no_fault_and_does_not_count(tmp_path: Path) -> None:
    found = files(tmp_path, one=SOUND.replace("2026-12-31", "2026-11-24"))
    assert found.problems == ()
    assert [one.counts(NOW) for one in found.of("web")] == [False]


def test_what_is_no_yaml_is_a_problem(tmp_path: Path) -> None:
    assert files(tmp_path, one="schema: 1\nwaivers: [").problems
    assert files(tmp_path, one="schema: 1\nwaivers: []").problems
