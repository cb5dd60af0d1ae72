"""Evidence that stands: what passes is taken again, what does not is made anew and kept."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from golden_images.core import media, names
from golden_images.core.release import EvidenceRecord
from golden_images.errors import StageFailed
from golden_images.evidence.examine import Made, examine
from golden_images.evidence.store import Witnesses
from golden_images.job import Job
from golden_images.ports import Descriptor
from golden_images.stages import gate
from tests.fakes.world import Run, World, child, root

REPOSITORY = "golden/child"
BROKEN = {"test_it": "by chance"}


def reports(
    world: World, run: Run, repository: str = REPOSITORY, kind: str = media.JUNIT
) -> list[Descriptor]:
    assert run.candidate is not None
    return list(world.registry.referrers(REPOSITORY, run.candidate.digest, media.JUNIT))


def failing_test(world: World, image: Any, **changes: Any) -> None:
    world.test_runner.failures = BROKEN
    with pytest.raises(StageFailed, match="test_it"):
        world.run(image, **changes)
    world.test_runner.failures = {}


def job(world: World, run: Run, stage: str) -> Job:
    assert run.resolution.plan_digest is not None
    return world.job("child", run.resolution.plan_digest, run.candidate, stage)


def store(world: World, job: Job, content: bytes, at: datetime | None = None) -> None:
    """As the stage does, on whichever worker."""
    witnesses, demand = Witnesses.of(job, world.ports()), job.demanded()
    witnesses.store(
        job.subject(),
        witnesses.snapshot(job.subject().digest),
        stage=demand.stage,
        mark=demand.fingerprint(job.plan),
        reports=dict.fromkeys(demand.evidence.kinds, content),
        tool="x",
        at=at,
    )


def named(world: World, job: Job) -> list[EvidenceRecord]:
    """What the catalog names of the job's stage."""
    found = world.catalog.evidence("child", job.subject().digest)
    return [one for one in found if one.stage == job.demanded().stage]


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


def test_the_newest_attempt_counts_whatever_the_workers_clocks_say(world: World) -> None:
    world.run(root())
    failing_test(world, child())
    first = world.run(child(), until="build")
    ahead = datetime.now(UTC) + timedelta(hours=1)
    failed = b'<testsuite tests="1"><testcase name="x"><failure message="no"/></testcase></testsuite>'
    store(world, job(world, first, "test"), failed, at=ahead)
    run = world.run(child())
    assert run.reports["release"].outputs["released"] == "yes"
    attempts = named(world, job(world, run, "test"))
    assert sorted(one.attempt for one in attempts) == [1, 2, 3]


def test_the_gate_goes_by_the_newest_report(world: World) -> None:
    world.run(root())
    run = world.run(child(), until="test")
    store(world, job(world, run, "test"), b"<testsuite/>")
    judged = job(world, run, "gate")
    with pytest.raises(StageFailed, match="does not pass the gate"):
        gate.run(judged, world.ports())


def test_a_try_that_was_cut_off_counts_for_nothing(world: World) -> None:
    """Two documents are one try's or none's: what is not written down whole was not made."""
    world.run(root())
    run = world.run(child(), until="build")
    made = job(world, run, "sbom")
    world.registry.attach(
        REPOSITORY,
        made.subject(),
        artifact_type=media.CYCLONEDX,
        blobs=[(media.CYCLONEDX, b"{}")],
        annotations={names.ANNOTATION_STAGE: "sbom"},
    )
    assert world.run(child(), until="sbom").reports["sbom"].made
    assert {one.attempt for one in named(world, made)} == {1}
    assert len(named(world, made)) == 2


def test_of_two_workers_the_first_to_write_down_is_believed(world: World) -> None:
    world.run(root())
    run = world.run(child(), until="build")
    made = job(world, run, "test")
    witnesses, demand = Witnesses.of(made, world.ports()), made.demanded()
    known, mark = witnesses.snapshot(made.subject().digest), demand.fingerprint(made.plan)
    stored = [
        Witnesses.of(made, world.ports()).store(
            made.subject(), known, stage="test", mark=mark, reports={media.JUNIT: content}, tool="x"
        )
        for content in (b"<first/>", b"<second/>")
    ]
    assert stored[0] == stored[1]
    assert Witnesses.of(made, world.ports()).read(stored[1]) == {media.JUNIT: b"<first/>"}


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
    """Its report hangs on the plan first; the gate takes the newest of them to the image, once."""
    world.run(root())
    world.linter.findings = [("DL3000", "error", 1)]
    with pytest.raises(StageFailed, match="lint"):
        world.run(child())
    world.linter.findings = []
    run = world.run(child())
    (bound,) = named(world, job(world, run, "lint"))
    plan = run.resolution.plan_digest
    assert plan is not None
    on_plan = world.catalog.evidence("child", plan)
    assert len(on_plan) == 2
    assert bound.created == max(one.created for one in on_plan)
    assert not gate.run(job(world, run, "gate"), world.ports()).made
    assert len(named(world, job(world, run, "lint"))) == 1


def test_reports_have_the_file_names_that_oras_pulls_them_by(world: World) -> None:
    run = world.run(root())
    assert run.candidate is not None
    files = {
        layer.get("annotations", {}).get(names.ANNOTATION_TITLE)
        for report in world.registry.referrers("golden/root", run.candidate.digest)
        for layer in json.loads(world.registry.manifest("golden/root", report.digest).content)["layers"]
    }
    assert {"sbom.cdx.json", "test.junit.xml"} <= files


def test_a_report_that_no_longer_holds_is_made_anew(world: World) -> None:
    world.run(root())
    run = world.run(child(), until="test")
    made = job(world, run, "test")
    demand = made.demanded()
    daily = replace(demand, evidence=replace(demand.evidence, holds=timedelta(days=1)))
    asking = replace(made, demand=daily)
    make = partial(Made, {media.JUNIT: b'<testsuite><testcase name="x"/></testsuite>'}, "x")
    assert not examine(asking, world.ports(), made.subject(), make).made
    store(world, made, b'<testsuite><testcase name="x"/></testsuite>', datetime.now(UTC) - timedelta(days=2))
    assert examine(asking, world.ports(), made.subject(), make).made
