"""A change of what is demanded alone: nothing is built, the release that stands is judged anew."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from golden_images import pipeline
from golden_images.catalogue import rebuild
from golden_images.core import media, names
from golden_images.core.digest import Digest
from golden_images.core.judging import Demand, Evidence
from golden_images.core.policy.demand import PolicyDemand
from golden_images.core.reason import Why
from golden_images.core.release import Release
from golden_images.errors import StageFailed
from golden_images.stages import options, resolve, sbom
from tests.fakes.policy import policy, waiver
from tests.fakes.world import Killed, Killer, World, child, root

REPOSITORY = "golden/child"
LOOSE = {"lint": {"fail_on": "warning"}}
STRICT = {"test": {"minimum": 2}}


def released(world: World, image: str = "child") -> Release:
    release = world.catalog.current(image)
    assert release is not None
    return release


def decide(world: World, image: object, **changes: object) -> resolve.Resolution:
    assert isinstance(image, type(child()))
    return resolve.decide(world.request(image, **changes), world.ports())


@pytest.fixture
def world(world: World) -> World:
    world.run(root())
    world.run(child())
    return world


def versions(world: World) -> list[str]:
    return [tag for tag in world.registry.tags(REPOSITORY) if names.is_version(tag)]


def test_the_standing_digest_is_judged_and_nothing_is_built(world: World) -> None:
    before, moves = released(world), world.catalog.moves("child")
    evidence = {record.digest for record in world.catalog.evidence("child", before.digest)}
    run = world.run(child(stages=LOOSE), run_id="second")
    assert str(run.resolution.reason) == "demands-changed: stages.lint.fail_on error → warning"
    assert run.candidate is not None
    assert run.candidate.digest == before.digest
    assert [report.made for name, report in run.reports.items() if name in ("build", "sbom", "test")] == [
        False,
        False,
        False,
    ], "only evidence that is missing is made"
    assert run.reports["release"].outputs["released"] == "no"
    assert run.reports["release"].outputs["version"] == before.version
    assert len(world.engine.builds) == 1
    assert released(world) == before
    assert versions(world) == [before.version]
    assert world.catalog.moves("child") == moves
    added = [one for one in world.catalog.evidence("child", before.digest) if one.digest not in evidence]
    assert {record.stage for record in added} == {"lint", "gate", "release"}
    assert decide(world, child(stages=LOOSE)).reason.why is Why.UNCHANGED
    assert world.catalog.shortfalls(["child"]) == {}


def test_another_image_of_the_same_bytes_does_not_stand_in_the_way(world: World) -> None:
    mine = released(world)
    later = mine.released_at + timedelta(hours=1)
    world.catalog.record_release(replace(mine, image="twin", released_at=later))
    world.run(child(stages=LOOSE), run_id="second")
    (judged,) = world.catalog.judgements("child", mine.digest)
    assert judged.image == "child"


def test_demands_that_were_met_once_are_met(world: World) -> None:
    world.run(child(stages=LOOSE), run_id="second")
    assert decide(world, child()).reason.why is Why.UNCHANGED
    third = decide(world, child(stages={"lint": {"fail_on": "note"}})).reason
    assert str(third) == "demands-changed: stages.lint.fail_on warning → note", "against the last that it met"


def test_a_changed_test_is_run_and_builds_nothing(world: World) -> None:
    suite = world.contexts / "child" / "tests"
    (suite / "test_it.py").write_text("def test_it(host): assert host\n")
    (suite / "test_more.py").write_text("def test_more(host): pass\n")
    run = world.run(child(), run_id="second")
    assert str(run.resolution.reason) == "demands-changed: tests: tests/test_it.py, +1"
    assert run.reports["test"].made
    assert not run.reports["lint"].made
    assert len(world.engine.builds) == 1
    assert decide(world, child()).reason.why is Why.UNCHANGED


def test_a_root_base_is_judged_by_changed_tests(world: World) -> None:
    (world.contexts / "root" / "tests" / "test_it.py").write_text("def test_it(host): assert host\n")
    run = world.run(root(), run_id="second")
    assert run.resolution.reason.why is Why.DEMANDS_CHANGED
    assert len(world.bootstrapper.requests) == 1
    assert decide(world, root()).reason.why is Why.UNCHANGED


def test_a_stage_more_in_the_table_is_a_demand(world: World) -> None:
    more = (*pipeline.demands(child()), Demand("more", Evidence((media.SPDX,), sbom.judge), options.Sbom()))
    found = decide(world, child(), demands=more)
    assert str(found.reason) == "demands-changed: stages.more none → demanded"


def test_a_release_that_falls_short_keeps_its_channels_and_is_marked(world: World) -> None:
    before = released(world)
    with pytest.raises(StageFailed):
        world.run(child(stages=STRICT), run_id="second")
    assert world.catalog.channels("child")["dev"] == before.digest
    found = world.catalog.shortfalls(["child"])["child"]
    assert {(one.stage, one.digest) for one in found} == {
        ("resolve", before.digest),
        ("test", before.digest),
    }
    assert "at least 2" in found[-1].problem
    assert decide(world, child(stages=STRICT)).reason.why is Why.DEMANDS_CHANGED, "until it meets them"
    world.run(child(), run_id="back")
    assert world.catalog.shortfalls(["child"]) == {}, "nobody demands it any more"


def test_a_mended_suite_takes_the_mark_away(world: World) -> None:
    with pytest.raises(StageFailed):
        world.run(child(stages=STRICT), run_id="second")
    (world.contexts / "child" / "tests" / "test_more.py").write_text("def test_more(host): pass\n")
    world.test_runner.tests = ("test_it", "test_more")
    world.run(child(stages=STRICT), run_id="third")
    assert world.catalog.shortfalls(["child"]) == {}
    assert len(world.engine.builds) == 1


def test_a_run_that_is_cleared_late_says_nothing_of_the_demands_of_now(world: World) -> None:
    old = resolve.run(world.request(child(stages=LOOSE), run_id="old"), world.ports())
    with pytest.raises(StageFailed):
        world.run(child(stages=STRICT), run_id="now")
    before = world.catalog.shortfalls(["child"])
    assert old.plan_digest is not None
    candidate = world.registry.resolve(REPOSITORY, old.plan.judges)
    world.linter.findings = [("DL3008", "warning", 3)]
    job = world.job("child", old.plan_digest, candidate, "lint")
    with pytest.raises(StageFailed):
        pipeline.stage("lint").perform(job, world.ports())
    for name in ("sbom", "test"):
        pipeline.stage(name).perform(world.job("child", old.plan_digest, candidate, name), world.ports())
    assert world.catalog.shortfalls(["child"]) == before


def test_what_makes_bytes_is_told_first_and_judged_with_it(world: World) -> None:
    run = world.run(child(labels={"team": "web"}, stages=LOOSE), run_id="second")
    assert str(run.resolution.reason) == "definition-changed: labels.team none → web"
    assert decide(world, child(labels={"team": "web"}, stages=LOOSE)).reason.why is Why.UNCHANGED


def test_reasons_name_the_fields_and_the_files(world: World) -> None:
    image = child(build={"args": {"HTTP_PORT": "80"}, "dockerfile": "Dockerfile"}, labels={"a": "b"})
    assert str(decide(world, image).reason) == "definition-changed: build.args.HTTP_PORT none → 80, +1"
    (world.contexts / "child" / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\n")
    (world.contexts / "child" / "motd").write_text("welcome\n")
    assert str(decide(world, child()).reason) == "context-changed: Dockerfile, +1"


def test_the_same_bytes_by_new_demands_are_judged_where_they_stand(world: World) -> None:
    """A forced rebuild of a root base gives the digest that stands; its demands are new."""
    image = root(stages={"sbom": {"minimum_packages": 1}, "test": {"timeout_minutes": 3}})
    run = world.run(image, run_id="forced", force=True)
    assert run.reports["release"].outputs["released"] == "no"
    assert decide(world, image).reason.why is Why.UNCHANGED


def test_equal_bytes_of_another_digest_leave_the_demands_to_the_next_run(world: World) -> None:
    (world.contexts / "child" / "empty").mkdir()
    run = world.run(child(stages=LOOSE), run_id="second")
    assert run.resolution.reason.why is Why.CONTEXT_CHANGED
    assert run.reports["release"].outputs["released"] == "no"
    third = world.run(child(stages=LOOSE), run_id="third")
    assert third.resolution.reason.why is Why.DEMANDS_CHANGED
    assert third.candidate is not None
    assert third.candidate.digest == released(world).digest
    assert decide(world, child(stages=LOOSE)).reason.why is Why.UNCHANGED


def test_a_rebuilt_catalog_knows_what_was_met(world: World) -> None:
    world.run(child(stages=LOOSE), run_id="second")
    kept = world.catalog.judgements("child", released(world).digest)
    catalog = world.lost_catalog()
    rebuilt = rebuild.rebuild(catalog, world.registry, world.organisation, world.log.append)
    assert not rebuilt.problems
    assert kept
    assert catalog.judgements("child", released(world).digest) == kept


def test_evidence_that_no_stage_wrote_down_is_made_anew_once(world: World) -> None:
    """Of a version before, or from a rebuild: nobody vouches for it, and nothing is built for that."""
    world.catalog.clear()
    rebuild.rebuild(world.catalog, world.registry, world.organisation, world.log.append)
    assert decide(world, child()).reason.why is Why.UNCHANGED
    run = world.run(child(stages=LOOSE), run_id="second")
    assert [run.reports[name].made for name in ("sbom", "test", "gate")] == [True, True, True]
    assert run.reports["release"].outputs["released"] == "no"
    assert len(world.engine.builds) == 1
    third = world.run(child(stages={"lint": {"fail_on": "note"}}), run_id="third")
    assert [third.reports[name].made for name in ("sbom", "test")] == [False, False]


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
def test_killed_at_any_call_a_rerun_completes_it(tmp_path: Path, after: bool) -> None:
    for calls in itertools.count():
        world = World(contexts=tmp_path / "contexts")
        world.context("child")
        world.context("root")
        world.run(root())
        world.run(child())
        before = released(world)
        try:
            world.run(child(stages=LOOSE), run_id="second", ports=Killer(calls, after=after).ports(world))
        except Killed:
            pass
        else:
            assert calls > 30, "the killer never struck"
            return
        world.run(child(stages=LOOSE), run_id="second")
        assert released(world) == before
        assert versions(world) == [before.version]
        again = world.lost_catalog()
        problems = rebuild.rebuild(again, world.registry, world.organisation, world.log.append).problems
        judgements = again.judgements("child", before.digest)
        assert (problems, len(judgements)) == ((), 1), f"killed at call {calls}"
        assert judgements == world.catalog.judgements("child", before.digest)
        assert len(world.catalog.judgements("child", before.digest)) == 1
        assert world.catalog.shortfalls(["child"]) == {}


def test_a_release_that_is_gone_is_not_judged(world: World) -> None:
    before = released(world)
    request = world.request(child(stages=LOOSE), run_id="second")
    resolution = resolve.run(request, world.ports())
    assert resolution.plan_digest is not None
    world.registry.delete_manifest(REPOSITORY, before.digest)
    job = world.job("child", resolution.plan_digest, None, "build")
    with pytest.raises(StageFailed, match="is gone"):
        pipeline.stage("build").perform(job, world.ports())
    assert Digest(resolution.plan.judges) == before.digest


def test_a_waiver_that_comes_ends_or_goes_has_it_judged_anew_and_builds_nothing(world: World) -> None:
    """Each time: that it met the same demands once was before the finding was known."""
    first, moves = released(world), world.catalog.moves("child")
    mine = waiver(expires="2026-12-01")
    ended = {"waivers": (mine,), "now": datetime(2026, 12, 1, tzinfo=UTC)}
    steps = (
        ({"waivers": (mine,)}, "waivers.CVE-2026-1 added"),
        (ended, "waivers.CVE-2026-1 expired"),
        ({"waivers": (waiver(),)}, "waivers.CVE-2026-1 added"),
        ({"waivers": (waiver(owner="web"),)}, "waivers.CVE-2026-1 changed"),
        ({"waivers": ()}, "waivers.CVE-2026-1 removed"),
    )
    for number, (changes, told) in enumerate(steps):
        done = world.run(child(), run_id=f"run-{number}", **changes)
        assert str(done.resolution.reason) == f"demands-changed: {told}"
        assert decide(world, child(), **changes).reason.why is Why.UNCHANGED, told
    assert len(world.engine.builds) == 1
    assert (released(world), world.catalog.moves("child")) == (first, moves)


def test_a_policy_that_comes_back_has_it_judged_anew(world: World) -> None:
    asked = PolicyDemand.of(policy(stages=["test"]), "")
    for number, one in enumerate((asked, None, asked)):
        done = world.run(child(), run_id=f"run-{number}", policy=one)
        assert done.resolution.reason.why is Why.DEMANDS_CHANGED
        assert decide(world, child(), policy=one).reason.why is Why.UNCHANGED
    fresh = world.lost_catalog()
    assert rebuild.rebuild(fresh, world.registry, world.organisation, world.log.append).problems == ()
    assert fresh.judgements("child", released(world).digest) == world.catalog.judgements(
        "child", released(world).digest
    )


def test_killed_at_any_call_rules_that_come_back_are_judged_and_recorded_once(tmp_path: Path) -> None:
    """With, without, and with a waiver again: the third judgement is of demands that were met before."""
    mine = {"waivers": (waiver(),)}
    for calls in itertools.count():
        world = World(contexts=tmp_path / str(calls))
        world.context("child")
        world.context("root")
        world.run(root())
        world.run(child(), **mine)
        world.run(child(), run_id="second")
        before = released(world)
        try:
            world.run(child(), run_id="third", ports=Killer(calls).ports(world), **mine)
        except Killed:
            pass
        else:
            assert calls > 20, "the killer never struck"
            return
        world.run(child(), run_id="third", **mine)
        assert decide(world, child(), **mine).reason.why is Why.UNCHANGED, f"killed at call {calls}"
        assert decide(world, child()).reason.why is Why.DEMANDS_CHANGED
        again = world.lost_catalog()
        assert rebuild.rebuild(again, world.registry, world.organisation, world.log.append).problems == ()
        assert again.judgements("child", before.digest) == world.catalog.judgements("child", before.digest)
