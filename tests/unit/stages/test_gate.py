"""The gate and the release after it: evidence that is missing, stale, foreign or unreadable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from golden_images.core import media, names, records
from golden_images.core.digest import Digest
from golden_images.core.judging import TESTS, About
from golden_images.core.release import ChannelMove, EvidenceRecord
from golden_images.errors import IntegrityError, StageFailed
from golden_images.evidence.snapshot import attempt_of
from golden_images.evidence.store import Witnesses
from golden_images.images.image import manifests, only_layer
from golden_images.job import Job
from golden_images.pipeline import stage as row
from golden_images.stages import gate, promote, release
from tests.fakes.catalog import FakeCatalog
from tests.fakes.world import World, child, root

REPOSITORY = "golden/child"
PASSING = b'<testsuite><testcase name="x"/></testsuite>'


@pytest.fixture
def tested(world: World) -> Job:
    """A child whose evidence is complete, before the gate."""
    world.run(root())
    run = world.run(child(), until="test")
    assert run.resolution.plan_digest is not None
    return world.job("child", run.resolution.plan_digest, run.candidate, "gate")


def report(world: World, job: Job, stage: str) -> EvidenceRecord:
    """The newest that the catalog names."""
    found = world.catalog.evidence("child", job.subject().digest)
    return max((one for one in found if one.stage == stage), key=lambda one: one.attempt)


def store(world: World, job: Job, stage: str, *contents: bytes, at: datetime | None = None) -> None:
    """The next attempt, as the stage writes it down."""
    demand = next(entry for entry in job.demands if entry.stage == stage)
    witnesses = Witnesses.of(job, world.ports())
    witnesses.store(
        job.subject(),
        witnesses.snapshot(job.subject().digest),
        stage=stage,
        mark=demand.fingerprint(job.plan),
        reports=dict(zip(demand.evidence.kinds, contents, strict=True)),
        tool="x",
        at=at,
    )


def demanding(job: Job, stage: str, **changes: Any) -> Job:
    """The job where the row of ``stage`` says something else."""
    demands = tuple(
        replace(one, evidence=replace(one.evidence, **changes)) if one.stage == stage else one
        for one in job.demands
    )
    return replace(job, demands=demands)


def _lost(world: World, job: Job) -> None:
    world.registry.delete_manifest(REPOSITORY, report(world, job, "test").digest)


def _unreadable(world: World, job: Job) -> None:
    store(world, job, "test", b"<testsuite")


def _entities(world: World, job: Job) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "b">]><testsuite><testcase name="&a;"/></testsuite>'
    store(world, job, "test", bomb)


def _about_another(world: World, job: Job) -> None:
    other = next(
        only_layer(world.registry, "golden/root", entry.digest)
        for entry in world.registry.referrers("golden/root", _root_digest(world))
        if entry.artifact_type == media.CYCLONEDX
    )
    store(world, job, "sbom", other, b'{"spdxVersion": "SPDX-2.3"}')


def _root_digest(world: World) -> Digest:
    found = world.catalog.current("root")
    assert found is not None
    return found.digest


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (_lost, f"test: its report {media.JUNIT}, .* is gone from the registry"),
        (_unreadable, "test: the test report cannot be read"),
        (_entities, "test: the test report cannot be read"),
        (_about_another, "sbom: the CycloneDX document describes"),
    ],
)
def test_bad_evidence_fails_the_gate(
    world: World, tested: Job, harm: Callable[[World, Job], None], says: str
) -> None:
    harm(world, tested)
    with pytest.raises(StageFailed, match=says.replace("+", r"\+")):
        gate.run(tested, world.ports())


@pytest.mark.parametrize("stage", ["lint", "scan", "test"])
def test_evidence_that_no_stage_made_is_missed(world: World, stage: str) -> None:
    world.run(root())
    plan = world.run(child(), until="build")
    assert plan.resolution.plan_digest is not None
    for other in [one for one in ("lint", "sbom", "scan", "test") if one != stage]:
        job = world.job("child", plan.resolution.plan_digest, plan.candidate, other)
        row(other).perform(job, world.ports())
    job = world.job("child", plan.resolution.plan_digest, plan.candidate, "gate")
    if stage == "lint":
        job = demanding(job, "lint", depends_on=(TESTS,))
    with pytest.raises(StageFailed, match=f"{stage}: no current evidence"):
        gate.run(job, world.ports())


def test_evidence_made_by_other_options_is_stale(world: World, tested: Job) -> None:
    with pytest.raises(StageFailed, match="test: no current evidence"):
        gate.run(demanding(tested, "test", depends_on=()), world.ports())


def test_evidence_that_holds_no_longer_is_stale(world: World, tested: Job) -> None:
    daily = demanding(tested, "test", holds=timedelta(days=1))
    gate.run(daily, world.ports())
    store(world, tested, "test", PASSING, at=datetime.now(UTC) - timedelta(days=2))
    with pytest.raises(StageFailed, match=r"test: its report is of .* and holds for 1 day"):
        gate.run(daily, world.ports())
    store(world, tested, "test", PASSING, at=datetime.now(UTC) + timedelta(days=2))
    with pytest.raises(StageFailed, match="which is to come"):
        gate.run(daily, world.ports())


def test_a_release_that_waited_asks_whether_its_evidence_still_holds(world: World, tested: Job) -> None:
    store(world, tested, "test", PASSING, at=datetime.now(UTC) - timedelta(days=2))
    gate.run(tested, world.ports())
    with pytest.raises(StageFailed, match=r"test: its report is of .* and holds for 1 day"):
        release.run(demanding(tested, "test", holds=timedelta(days=1)), world.ports())


def test_evidence_about_each_platform_is_demanded_of_each(world: World) -> None:
    world.run(root())
    run = world.run(child(build={"platforms": ["linux/amd64", "linux/arm64"]}), until="test")
    assert run.resolution.plan_digest is not None
    assert run.candidate is not None
    job = world.job("child", run.resolution.plan_digest, run.candidate, "gate")
    each = demanding(job, "test", about=About.PLATFORMS)
    index = world.registry.manifest(REPOSITORY, run.candidate.digest)
    images = manifests(world.registry, REPOSITORY, index)
    assert len(images) == 2
    for number, image in enumerate(images):
        with pytest.raises(StageFailed, match="test: no current evidence"):
            gate.run(each, world.ports())
        content = b"<testsuite>" + b'<testcase name="x"/>' * (number + 1) + b"</testsuite>"
        store(world, replace(each, candidate=image), "test", content)
    assert gate.run(each, world.ports()).facts["tests_passed"] == 2
    assert release.run(each, world.ports()).outputs["released"] == "yes"


@pytest.mark.parametrize("harm", [_lost])
def test_evidence_that_is_lost_after_the_gate_stops_the_release(
    world: World, tested: Job, harm: Callable[[World, Job], None]
) -> None:
    gate.run(tested, world.ports())
    harm(world, tested)
    with pytest.raises(StageFailed, match="may not be released"):
        release.run(tested, world.ports())
    assert world.catalog.current("child") is None


@pytest.mark.parametrize("harm", [_unreadable, _about_another])
def test_reports_made_after_the_gate_change_nothing_for_its_release(
    world: World, tested: Job, harm: Callable[[World, Job], None]
) -> None:
    gate.run(tested, world.ports())
    harm(world, tested)
    assert release.run(tested, world.ports()).outputs["released"] == "yes"


def test_a_gates_no_takes_its_earlier_yes_back(world: World, tested: Job) -> None:
    gate.run(tested, world.ports())
    _unreadable(world, tested)
    for _ in range(2):
        with pytest.raises(StageFailed, match="does not pass the gate"):
            gate.run(tested, world.ports())
    with pytest.raises(StageFailed, match="the gate's last word is no"):
        release.run(tested, world.ports())
    assert report(world, tested, "gate").attempt == 2, "a no is said once"
    store(world, tested, "test", PASSING)
    assert gate.run(tested, world.ports()).made
    assert release.run(tested, world.ports()).outputs["released"] == "yes"


def test_release_without_the_gate_is_refused(world: World, tested: Job) -> None:
    with pytest.raises(StageFailed, match="no verification summary"):
        release.run(tested, world.ports())


def test_foreign_referrer_is_recognised(world: World, tested: Job) -> None:
    found = report(world, tested, "test")
    with pytest.raises(IntegrityError, match="foreign evidence"):
        Witnesses.of(tested, world.ports()).read(
            attempt_of([replace(found, subject=Digest.of(b"another image"))])
        )


def test_lint_findings_stop_at_lint(world: World) -> None:
    world.run(root())
    world.linter.findings = [("DL3006", "error", 2)]
    with pytest.raises(StageFailed, match=r"Dockerfile:2: DL3006 error"):
        world.run(child())
    world.linter.findings = [("DL3006", "warning", 2)]
    world.context("child", "ARG BASE\nFROM ${BASE}\nRUN echo\n")
    world.run(child(), run_id="second")
    assert world.catalog.current("child") is not None


def test_failing_test_keeps_its_evidence_and_releases_nothing(world: World) -> None:
    world.run(root())
    world.test_runner.failures = {"test_it": "assert 1 == 2"}
    with pytest.raises(StageFailed, match="1 of 1 test failed: test_it"):
        world.run(child())
    assert world.catalog.current("child") is None
    candidate = world.catalog.candidate("child", world.catalog.decisions("child")[0].build_id)
    assert candidate is not None
    reports = world.registry.referrers(REPOSITORY, candidate.digest)
    assert any(one.annotations[names.ANNOTATION_STAGE] == "test" for one in reports)


def test_suite_in_which_nothing_ran_is_a_failure(world: World) -> None:
    world.run(root())
    world.test_runner.tests = ()
    with pytest.raises(StageFailed, match="0 tests passed, at least 1"):
        world.run(child())


def test_promote_completes_a_move_that_was_cut_off(world: World) -> None:
    world.run(root())
    run = world.run(child(), until="release")
    assert run.resolution.plan_digest is not None
    job = world.job("child", run.resolution.plan_digest, run.candidate, "promote")
    assert promote.run(job, world.ports()).made
    assert not promote.run(job, world.ports()).made
    moves = world.catalog.moves("child", "dev")
    assert [move.digest for move in moves] == [job.subject().digest]
    attached = world.registry.referrers(REPOSITORY, moves[0].digest)
    assert len([one for one in attached if records.is_move(one.annotations)]) == 1


def test_automatic_move_comes_after_a_manual_one(world: World) -> None:
    """A release that waited for its promotion is still the newest move of its channel."""
    world.run(root())
    first = world.run(child())
    other = world.run(child(labels={"team": "web"}), until="release", run_id="second")
    assert first.candidate is not None
    assert other.resolution.plan_digest is not None
    late = datetime.now(UTC) + timedelta(hours=1)
    old = world.catalog.release_by_digest(first.candidate.digest)
    assert old is not None
    by_hand = ChannelMove("child", "dev", old.plan, str(old.digest), late, "a person")
    assert world.catalog.move_channel(by_hand)
    job = world.job("child", other.resolution.plan_digest, other.candidate, "promote")
    assert promote.run(job, world.ports()).made
    assert world.catalog.channels("child")["dev"] == job.subject().digest
    assert [move.actor for move in world.catalog.moves("child", "dev")][:2] == ["automatic", "a person"]


def test_version_that_somebody_else_pushed_is_never_moved(world: World) -> None:
    world.run(root())
    run = world.run(child(), until="gate")
    assert run.resolution.plan_digest is not None
    job = world.job("child", run.resolution.plan_digest, run.candidate, "release")
    plan = world.registry.manifest(REPOSITORY, run.resolution.plan_digest)
    world.registry.put_manifest(REPOSITORY, plan.content, plan.descriptor.media_type, tag=job.plan.version)
    with pytest.raises(IntegrityError, match="is taken"):
        release.run(job, world.ports())


def test_second_run_of_the_same_plan_does_not_release_again(world: World) -> None:
    """The first run's candidate was away while the second one looked, and the catalog does not keep it; a
    real engine gives each another digest."""
    assert isinstance(world.catalog, FakeCatalog)
    world.catalog.kept_manifest = lambda image, digest: None  # type: ignore[method-assign]
    world.run(root())
    first = world.run(child(), until="gate")
    assert first.resolution.plan_digest is not None
    assert first.candidate is not None
    standing = world.registry.manifest(REPOSITORY, first.candidate.digest)
    world.registry.delete_manifest(REPOSITORY, first.candidate.digest)
    second = world.run(child(), until="gate")
    world.registry.put_manifest(REPOSITORY, standing.content, standing.descriptor.media_type)
    assert second.candidate is not None
    assert first.candidate.digest != second.candidate.digest
    jobs = [
        world.job("child", first.resolution.plan_digest, run.candidate, "release") for run in (first, second)
    ]
    named = world.catalog.candidate("child", jobs[0].plan.build_id)
    assert named is not None
    world.catalog.propose_candidate(replace(named, digest=first.candidate.digest), named.digest)
    assert release.run(jobs[0], world.ports()).outputs["released"] == "yes"
    world.catalog.propose_candidate(named, first.candidate.digest)
    again = release.run(jobs[1], world.ports())
    assert again.outputs["released"] == "no"
    assert again.outputs["digest"] == first.candidate.digest
    assert len(world.catalog.releases("child")) == 1
