"""Releases that stand, judged by rules that are not theirs: nothing is run and nothing is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from golden_images.core.digest import Digest
from golden_images.core.policy.demand import PolicyDemand
from golden_images.core.release import Release
from golden_images.errors import DefinitionError
from golden_images.project import Project, load
from golden_images.views.gate import Rules, from_file, judged, judged_all, rules_of
from tests.fakes.policy import policy, waiver
from tests.golden import shop as shops
from tests.golden.shop import Shop

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DENY = "schema: 1\nname: NAME\npackages: [{deny: [base-files]}]\n"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    made = shops.build(tmp_path)
    (tmp_path / "include" / "images" / "broken.yaml").unlink()
    shops.release_all(made)
    return made


def current(shop: Shop, image: str = "child") -> Release:
    release = shop.world.catalog.current(image)
    assert release is not None
    return release


def by(shop: Shop, asked: PolicyDemand | None, *waivers: object, now: datetime = NOW) -> object:
    rules = Rules(asked, tuple(waivers))  # type: ignore[arg-type]
    return judged(load(shop.root), current(shop), rules, shop.world.ports(), now, shop.world.log.append)


def demand(**fields: object) -> PolicyDemand:
    return PolicyDemand.of(policy(**fields), "")


def test_a_release_that_met_everything_falls_short_of_another_policy(shop: Shop) -> None:
    view = by(shop, demand(packages=[{"deny": ["base-files"]}]))
    assert (view.passed, view.problems) == (False, ("no package base-files: 1 of 1 package",))
    assert view.to_do == ("take base-files out: package:base-files",)
    assert by(shop, None).passed
    assert by(shop, demand(stages=["test", "lint"])).passed


def test_a_waiver_of_today_counts_and_the_clock_is_today_s(shop: Shop) -> None:
    asked, mine = demand(packages=[{"deny": ["base-files"]}]), waiver("package:base-files").terms()
    assert by(shop, asked, mine).passed
    assert not by(shop, asked, mine, now=NOW + timedelta(days=60)).passed
    aged, released = demand(ages={"base": {"days": 30}}), current(shop, "root").released_at
    assert by(shop, aged, now=released).passed
    assert not by(shop, aged, now=released + timedelta(days=31)).passed


def test_it_writes_nothing(shop: Shop) -> None:
    catalog = shop.world.catalog
    evidence = catalog.evidence("child", current(shop).digest)
    tags = shop.world.registry.tags("golden/child")
    by(shop, demand(packages=[{"deny": ["base-files"]}]))
    assert catalog.evidence("child", current(shop).digest) == evidence
    assert shop.world.registry.tags("golden/child") == tags
    assert catalog.shortfalls(["child"]) == {}


def test_evidence_that_is_gone_is_a_problem(shop: Shop) -> None:
    for one in shop.world.catalog.evidence("child", current(shop).digest):
        if one.stage == "test":
            shop.world.registry.delete_manifest("golden/child", one.digest)
    assert "is gone from the registry" in by(shop, demand()).problems[0]


def test_a_release_whose_plan_is_lost_is_told_and_does_not_end_the_table(shop: Shop) -> None:
    release = current(shop)
    shop.world.registry.delete_manifest("golden/child", release.plan)
    shop.world.catalog.keep_manifests("child", [])
    project = load(shop.root)
    views = judged_all(project, rules_of(project, None, NOW), shop.world.ports(), NOW, shop.world.log.append)
    assert [(one.image, one.passed) for one in views] == [("root", True), ("child", False)]
    assert str(release.plan) in views[1].problems[0]


def test_it_is_judged_by_the_demands_that_it_met_last(shop: Shop) -> None:
    """Its evidence was made by them: by those of its release nothing would be current."""
    from tests.fakes.world import child

    shop.world.run(child(stages={"lint": {"fail_on": "warning"}}), run_id="second")
    for one in shop.world.catalog.evidence("child", current(shop).digest):
        if one.stage == "lint" and one.mark == first_mark(shop):
            shop.world.registry.delete_manifest("golden/child", one.digest)
    assert by(shop, demand(stages=["lint"])).passed


def first_mark(shop: Shop) -> str:
    found = [one for one in shop.world.catalog.evidence("child", current(shop).digest) if one.stage == "lint"]
    return min(found, key=lambda one: one.created).mark


def test_a_policy_from_a_file_takes_the_place_of_every_other(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "tomorrow.yaml"
    path.write_text(DENY.replace("NAME", "tomorrow"))
    project = load(shop.root)
    views = all_by(project, shop, path)
    assert [(one.image, one.policy, one.passed) for one in views] == [
        ("root", "tomorrow", False),
        ("child", "tomorrow", False),
    ]
    child_file = shop.root / "include" / "images" / "child.yaml"
    child_file.write_text(f"{child_file.read_text()}policy: {{name: own, stages: [lint]}}\n")
    (shop.root / "include" / "policies").mkdir()
    (shop.root / "include" / "policies" / "own.yaml").write_text("schema: 1\nname: own\n")
    view = all_by(load(shop.root), shop, path)[1]
    assert [one.rule for one in view.rules] == ["no package base-files", "lint has passed"], (
        "it asks for more"
    )


def all_by(project: Project, shop: Shop, path: Path) -> tuple[object, ...]:
    rules = rules_of(project, from_file(path), NOW)
    return judged_all(project, rules, shop.world.ports(), NOW, shop.world.log.append)


def test_a_file_that_is_no_policy_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "tomorrow.yaml"
    path.write_text("schema: 1\nname: tomorrow\ncolour: red\n")
    with pytest.raises(DefinitionError, match="unknown key"):
        from_file(path)


def test_rules_that_are_broken_judge_nothing(shop: Shop) -> None:
    (shop.root / "include" / "waivers").mkdir()
    (shop.root / "include" / "waivers" / "all.yaml").write_text("schema: 1\nwaivers: []\n")
    project = load(shop.root)
    with pytest.raises(DefinitionError):
        judged_all(project, rules_of(project, None, NOW), shop.world.ports(), NOW, shop.world.log.append)


def test_an_image_without_a_definition_is_judged_by_the_organisation_s_policy(shop: Shop) -> None:
    (shop.root / "include" / "golden_images.yaml").write_text("schema: 1\ndefaults: {policy: strict}\n")
    (shop.root / "include" / "policies").mkdir()
    (shop.root / "include" / "policies" / "strict.yaml").write_text(DENY.replace("NAME", "strict"))
    asked = rules_of(load(shop.root), None, NOW)("gone").policy
    assert asked is not None
    assert asked.name == "strict"
    assert isinstance(asked.digest, Digest)
