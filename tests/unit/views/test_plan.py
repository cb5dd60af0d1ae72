"""What a run would do now, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace

from golden_images.core.definition import Definition
from golden_images.core.release import Shortfall
from golden_images.views.plan import PlanView, plan
from tests.fakes.world import NOW, World, child, root


def asked(world: World, wanted: Definition) -> PlanView:
    return plan(world.request(wanted), world.ports())


def test_evidence_that_stands_is_what_a_run_does_not_make_again(world: World) -> None:
    world.run(root())
    world.run(child())
    stricter = child(stages={"lint": {"fail_on": "warning"}})
    view = asked(world, stricter)
    assert (view.builds, view.judges is not None) == (False, True)
    ran = world.run(stricter)
    made = {name for name, report in ran.reports.items() if report.made}
    assert set(view.stands) == {"lint", "sbom", "scan", "test"} - made == {"sbom", "scan", "test"}


def test_evidence_that_does_not_pass_is_made_again(world: World) -> None:
    world.run(root())
    release = world.run(child()).candidate
    assert release is not None
    stricter = child(stages={"lint": {"fail_on": "warning"}})
    plan_ = world.request(stricter)
    short = Shortfall("child", "test", release.digest, release.digest, "no", NOW)
    world.catalog.record_shortfall(short)
    assert plan(plan_, world.ports()).stands == ("sbom", "scan")
    other = replace(short, stage="gate")
    world.catalog.set_shortfalls("child", [other])
    assert plan(plan_, world.ports()).stands == ("sbom", "scan", "test")


def test_a_run_that_builds_or_does_nothing_has_no_evidence_that_stands(world: World) -> None:
    assert asked(world, root()).stands == ()
    world.run(root())
    assert asked(world, root()).stands == ()
