"""Evidence that stands: what passes is taken again, what does not is made anew and kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from golden_images.core import names
from golden_images.errors import StageFailed
from golden_images.evidence import store as evidence
from golden_images.evidence.examine import referrers
from golden_images.job import Job
from golden_images.ports import Descriptor
from golden_images.stages import gate
from tests.fakes.world import Run, World, child, root

REPOSITORY = "golden/child"
JUNIT = "application/junit+xml"
BROKEN = {"test_it": "by chance"}


def reports(world: World, run: Run, repository: str = REPOSITORY, kind: str = JUNIT) -> list[Descriptor]:
    assert run.candidate is not None
    return list(world.registry.referrers(repository, run.candidate.digest, kind))


def failing_test(world: World, image: Any, **changes: Any) -> None:
    world.test_runner.failures = BROKEN
    with pytest.raises(StageFailed, match="test_it"):
        world.run(image, **changes)
    world.test_runner.failures = {}


def job(world: World, run: Run, stage: str) -> Job:
    assert run.resolution.plan_digest is not None
    return world.job("child", run.resolution.plan_digest, run.candidate, stage)


def store(world: World, job: Job, content: bytes, at: datetime | None = None, kind: str = JUNIT) -> None:
    assert job.demand is not None
    evidence.store(
        world.registry,
        REPOSITORY,
        job.subject(),
        stage=job.demand.stage,
        mark=job.demand.fingerprint(job.plan),
        reports={kind: content},
        tool="x",
        at=at,
    )


def test_a_test_that_failed_by_chance_is_run_again_by_a_retry(world: World) -> None:
    world.run(root())
    failing_test(world, child())
    run = world.run(child())
    assert run.reports["test"].made
    assert world.catalog.current("child") is not None
    assert len(reports(world, run)) == 2, "the failed report stays as history"
    again = world.run(child(), until="test", force=False, run_id="again")
    assert again.reports == {}, "what passed stands"


def test_force_makes_a_root_whose_tests_failed_by_chance(world: World) -> None:
    """A root's digest is the same every time, and so are the reports about it."""
    failing_test(world, root())
    forced = world.run(root(), force=True, run_id="forced")
    assert forced.reports["release"].outputs["released"] == "yes"
    assert forced.reports["test"].made


def test_a_report_that_fails_still_fails(world: World) -> None:
    world.run(root())
    failing_test(world, child())
    failing_test(world, child())
    assert world.catalog.current("child") is None


def test_a_worker_whose_clock_is_slow_is_believed_all_the_same(world: World) -> None:
    world.run(root())
    failing_test(world, child())
    first = world.run(child(), until="build")
    ahead = datetime.now(UTC) + timedelta(hours=1)
    failed = b'<testsuite tests="1"><testcase name="x"><failure message="no"/></testcase></testsuite>'
    store(world, job(world, first, "test"), failed, at=ahead)
    run = world.run(child())
    assert run.reports["release"].outputs["released"] == "yes"
    assert max(map(evidence.made_at, reports(world, run))) > ahead


def test_the_gate_goes_by_the_newest_report(world: World) -> None:
    world.run(root())
    run = world.run(child(), until="test")
    store(world, job(world, run, "test"), b"<testsuite/>")
    judged = job(world, run, "gate")
    with pytest.raises(StageFailed, match="does not pass the gate"):
        gate.run(judged, world.ports())


def test_a_try_that_was_cut_off_counts_for_nothing(world: World) -> None:
    """Two documents are one try's or none's: a new one beside an old one describes nothing."""
    world.run(root())
    run = world.run(child(), until="sbom")
    made = job(world, run, "sbom")
    assert made.demand is not None
    before = referrers(made, world.registry, made.subject().digest, made.demand)
    store(world, made, b"{}", kind="application/vnd.cyclonedx+json")
    assert referrers(made, world.registry, made.subject().digest, made.demand) == before


def test_an_altered_report_is_made_anew(world: World) -> None:
    world.run(root())
    run = world.run(child(), until="test")
    sound = {one.digest for one in reports(world, run)}
    store(world, job(world, run, "test"), b"no junit")
    world.run(child())
    kept = {one.digest for one in reports(world, run)}
    assert sound < kept
    assert len(kept) == 3
    assert world.catalog.current("child") is not None


def test_lint_that_failed_by_chance_is_bound_to_the_image_anew(world: World) -> None:
    """Its report hangs on the plan first; the gate takes the newest of them to the image."""
    world.run(root())
    world.linter.findings = [("DL3000", "error", 1)]
    with pytest.raises(StageFailed, match="lint"):
        world.run(child())
    world.linter.findings = []
    run = world.run(child())
    (bound,) = [
        one
        for one in reports(world, run, kind="application/sarif+json")
        if one.annotations[names.ANNOTATION_STAGE] == "lint"
    ]
    plan = run.resolution.plan_digest
    assert plan is not None
    on_plan = world.registry.referrers(REPOSITORY, plan, "application/sarif+json")
    assert len(on_plan) == 2
    assert evidence.made_at(bound) == max(map(evidence.made_at, on_plan))


def test_reports_have_the_file_names_that_oras_pulls_them_by(world: World) -> None:
    run = world.run(root())
    assert run.candidate is not None
    files = {
        layer["annotations"][names.ANNOTATION_TITLE]
        for report in world.registry.referrers("golden/root", run.candidate.digest)
        for layer in json.loads(world.registry.manifest("golden/root", report.digest).content)["layers"]
    }
    assert {"sbom.cdx.json", "test.junit.xml"} <= files


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+23:59", "tomorrow", ""])
def test_a_time_that_nobody_can_follow_is_none(world: World, time: str) -> None:
    """A stranger's referrer may say anything; the next report has to come after it all the same."""
    world.run(root())
    run = world.run(child(), until="build")
    made = job(world, run, "test")
    assert made.demand is not None
    world.registry.attach(
        REPOSITORY,
        made.subject(),
        artifact_type=JUNIT,
        blobs=[(JUNIT, b"<testsuite/>")],
        annotations={
            names.ANNOTATION_STAGE: "test",
            evidence.ANNOTATION_FINGERPRINT: made.demand.fingerprint(made.plan),
            names.ANNOTATION_CREATED: time,
        },
        tag="stranger",
    )
    assert world.run(child()).reports["release"].outputs["released"] == "yes"
