"""Whoever may push to the registry writes reports of his own, alters ours and takes them away.

He knows all that is public: stage, fingerprint, kind and form of a report. The catalog he cannot reach.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from golden_images.catalogue.rebuild import rebuild
from golden_images.core import media, names, records
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.reason import Why
from golden_images.core.release import EvidenceRecord, Judgement
from golden_images.errors import StageFailed
from golden_images.evidence import verdict
from golden_images.evidence.store import ANNOTATION_FINGERPRINT, ANNOTATION_TOOL, Witnesses
from golden_images.images.image import only_layer
from golden_images.job import Job
from golden_images.pipeline import stage
from golden_images.ports import Descriptor, Manifest
from golden_images.stages import gate, release, resolve
from tests.fakes.registry import FakeRegistry
from tests.fakes.world import Run, World, child, root

REPOSITORY = "golden/child"
PASSING = b'<testsuite><testcase name="planted"/></testsuite>'
CLEAN = b'{"runs": [{"tool": {"driver": {"name": "Hadolint"}}, "results": []}]}'
FUTURE = datetime.now(UTC) + timedelta(days=365)
PAST = datetime.now(UTC) - timedelta(days=365)
TIMES = pytest.mark.parametrize("at", [FUTURE, PAST], ids=["in the future", "long ago"])


def job(world: World, run: Run, name: str) -> Job:
    assert run.resolution.plan_digest is not None
    return world.job("child", run.resolution.plan_digest, run.candidate, name)


def plant(
    world: World, subject: Descriptor, name: str, mark: str, kind: str, content: bytes, at: datetime
) -> Descriptor:
    """As the stage attaches it, under the stage's own tag."""
    return world.registry.attach(
        REPOSITORY,
        subject,
        artifact_type=kind,
        blobs=[(kind, content)],
        annotations={
            names.ANNOTATION_STAGE: name,
            ANNOTATION_FINGERPRINT: mark,
            ANNOTATION_TOOL: "pytest-testinfra",
            names.ANNOTATION_CREATED: at.isoformat().replace("+00:00", "Z"),
        },
    )


def mark(of: Job, name: str) -> str:
    return next(one for one in of.demands if one.stage == name).fingerprint(of.plan)


def named(world: World, subject: Digest, name: str) -> EvidenceRecord:
    (found,) = [one for one in world.catalog.evidence("child", subject) if one.stage == name]
    return found


def alter(world: World, report: Digest) -> None:
    """The registry itself serves other bytes under the digest."""
    assert isinstance(world.registry, FakeRegistry)
    held = world.registry._repositories[REPOSITORY].manifests
    held[report] = Manifest(held[report].descriptor, held[report].content.replace(b"subject", b"SUBJECT"))


def remove(world: World, report: Digest) -> None:
    world.registry.delete_manifest(REPOSITORY, report)


@pytest.fixture
def world(world: World) -> World:
    world.run(root())
    return world


@TIMES
def test_a_planted_report_is_not_believed_instead_of_the_tools(world: World, at: datetime) -> None:
    run = world.run(child(), until="build")
    asked = job(world, run, "test")
    plant(world, asked.subject(), "test", mark(asked, "test"), media.JUNIT, PASSING, at)
    world.test_runner.failures = {"test_it": "it is broken"}
    with pytest.raises(StageFailed, match="test_it"):
        stage("test").perform(asked, world.ports())


@TIMES
def test_a_failing_report_is_not_outvoted(world: World, at: datetime) -> None:
    run = world.run(child(), until="sbom")
    world.test_runner.failures = {"test_it": "it is broken"}
    with pytest.raises(StageFailed, match="test_it"):
        stage("test").perform(job(world, run, "test"), world.ports())
    asked = job(world, run, "gate")
    plant(world, asked.subject(), "test", mark(asked, "test"), media.JUNIT, PASSING, at)
    with pytest.raises(StageFailed, match=r"test: .*test_it: it is broken"):
        gate.run(asked, world.ports())
    # The next try of the stage is not told that a passing one stands.
    with pytest.raises(StageFailed, match="test_it"):
        stage("test").perform(job(world, run, "test"), world.ports())


@TIMES
def test_lint_is_not_outvoted_on_the_plan_or_on_the_image(world: World, at: datetime) -> None:
    run = world.run(child(), until="test")
    lint = job(world, run, "lint")
    witnesses, demand = Witnesses.of(lint, world.ports()), lint.demanded()
    plan = world.registry.manifest(REPOSITORY, lint.plan_digest).descriptor
    failing = CLEAN.replace(b"[]", b'[{"ruleId": "DL3000", "level": "error", "message": {"text": "no"}}]')
    witnesses.store(
        plan,
        witnesses.snapshot(plan.digest),
        stage="lint",
        mark=demand.fingerprint(lint.plan),
        reports={media.SARIF: failing},
        tool="hadolint",
    )
    asked = job(world, run, "gate")
    for subject in (plan, asked.subject()):
        plant(world, subject, "lint", mark(asked, "lint"), media.SARIF, CLEAN, at)
    with pytest.raises(StageFailed, match="lint: DL3000 error: no"):
        gate.run(asked, world.ports())


@pytest.mark.parametrize("harm", [alter, remove])
@pytest.mark.parametrize("name", ["sbom", "scan", "test"])
def test_a_report_that_was_altered_or_removed_is_missed_by_its_name(
    world: World, name: str, harm: object
) -> None:
    assert callable(harm)
    run = world.run(child(), until="test")
    asked = job(world, run, "gate")
    found = [one for one in world.catalog.evidence("child", asked.subject().digest) if one.stage == name]
    harm(world, found[0].digest)
    with pytest.raises(StageFailed, match=f"{name}: its report .*{found[0].digest}"):
        gate.run(asked, world.ports())


def test_taking_the_newest_lint_away_does_not_bring_an_older_one_back(world: World) -> None:
    run = world.run(child(), until="gate")
    lint = job(world, run, "lint")
    witnesses = Witnesses.of(lint, world.ports())
    plan = world.registry.manifest(REPOSITORY, lint.plan_digest).descriptor
    failing = CLEAN.replace(b"[]", b'[{"ruleId": "DL3000", "level": "error", "message": {"text": "no"}}]')
    stored = witnesses.store(
        plan,
        witnesses.snapshot(plan.digest),
        stage="lint",
        mark=mark(lint, "lint"),
        reports={media.SARIF: failing},
        tool="hadolint",
    )
    remove(world, stored.digests[0])
    with pytest.raises(StageFailed, match=r"lint: its report .* is gone"):
        gate.run(job(world, run, "gate"), world.ports())


@pytest.mark.parametrize("harm", [alter, remove])
@pytest.mark.parametrize("name", ["lint", "test", "gate"])
def test_nor_is_it_released_after_the_gate(world: World, name: str, harm: object) -> None:
    assert callable(harm)
    run = world.run(child(), until="gate")
    asked = job(world, run, "release")
    harm(world, named(world, asked.subject().digest, name).digest)
    with pytest.raises(StageFailed, match=f"{name}: its report"):
        release.run(asked, world.ports())
    assert world.catalog.current("child") is None


def test_a_yes_that_is_hidden_while_the_gate_says_no_does_not_come_back(world: World) -> None:
    run = world.run(child(), until="gate")
    asked = job(world, run, "release")
    witnesses, yes = Witnesses.of(asked, world.ports()), named(world, asked.subject().digest, "gate")
    witnesses.store(
        asked.subject(),
        witnesses.snapshot(asked.subject().digest),
        stage="test",
        mark=mark(asked, "test"),
        reports={media.JUNIT: b"<testsuite/>"},
        tool="pytest-testinfra",
    )
    hidden = world.registry.manifest(REPOSITORY, yes.digest)
    remove(world, yes.digest)
    with pytest.raises(StageFailed, match="does not pass the gate"):
        gate.run(job(world, run, "gate"), world.ports())
    world.registry.put_manifest(REPOSITORY, hidden.content, hidden.descriptor.media_type)
    with pytest.raises(StageFailed, match="the gate's last word is no"):
        release.run(asked, world.ports())


def test_reports_swapped_between_gate_and_release_change_nothing(world: World) -> None:
    run = world.run(child(), until="gate")
    asked = job(world, run, "release")
    three = b"<testsuite>" + b'<testcase name="planted"/>' * 3 + b"</testsuite>"
    plant(world, asked.subject(), "test", mark(asked, "test"), media.JUNIT, three, FUTURE)
    assert release.run(asked, world.ports()).facts["tests_passed"] == 1


@TIMES
def test_a_planted_summary_is_no_gate(world: World, at: datetime) -> None:
    run = world.run(child(), until="test")
    asked = job(world, run, "release")
    records_ = world.catalog.evidence("child", asked.subject().digest)
    statement = {
        "predicate": {
            "verificationResult": "PASSED",
            "inputAttestations": [{"digest": {"sha256": one.digest.hex}} for one in records_],
        }
    }
    content = canonical_json(statement)
    plant(world, asked.subject(), "gate", verdict.asked(asked).hex[:16], media.IN_TOTO, content, at)
    with pytest.raises(StageFailed, match="no verification summary"):
        release.run(asked, world.ports())


@pytest.mark.parametrize("rebuilt", [False, True], ids=["named by us", "in a rebuilt catalog"])
@TIMES
def test_an_empty_sbom_does_not_silence_updates(world: World, at: datetime, rebuilt: bool) -> None:
    asked = job(world, world.run(child()), "sbom")
    subject = asked.subject()
    ours = next(
        one.digest
        for one in world.catalog.evidence("child", subject.digest)
        if one.artifact_type == media.CYCLONEDX
    )
    real = json.loads(only_layer(world.registry, REPOSITORY, ours))
    empty = canonical_json({**real, "components": []})
    for content in (empty, b"nonsense"):
        plant(world, subject, "sbom", mark(asked, "sbom"), media.CYCLONEDX, content, at)
    if rebuilt:
        rebuild(world.catalog, world.registry, world.organisation, world.log.append)
    world.archive.versions = {"base-files": "12.4+deb12u9"}
    found = resolve.decide(world.request(child(), run_id="next"), world.ports())
    assert found.reason.why is Why.PACKAGE_UPDATE


def test_a_catalog_rebuilt_from_the_registry_passes_no_gate(world: World) -> None:
    """It names what the registry lists, strangers' reports, too: that is for people to read."""
    run = world.run(child(), until="test")
    world.run(child())
    world.catalog.clear()
    rebuild(world.catalog, world.registry, world.organisation, world.log.append)
    for name in ("gate", "release"):
        with pytest.raises(StageFailed, match=r"no current evidence|no verification summary"):
            stage(name).perform(job(world, run, name), world.ports())
    subject = job(world, run, "gate").subject().digest
    assert {one.stage for one in world.catalog.evidence("child", subject)} >= {"lint", "sbom", "test"}
    world.archive.versions = {"base-files": "12.4+deb12u9"}
    found = resolve.decide(world.request(child(), run_id="next"), world.ports())
    assert found.reason.why is Why.PACKAGE_UPDATE, "but whether it is patched is known"


def test_a_planted_release_record_is_not_taken_for_ours(world: World) -> None:
    run = world.run(child(), until="gate")
    asked = job(world, run, "release")
    plan, subject = asked.plan, asked.subject()
    world.run(child(labels={"other": "yes"}), run_id="other")
    other = world.catalog.current("child")
    assert other is not None
    lie = records.release_statement(
        type(other)(
            image="child",
            version=plan.version,
            digest=subject.digest,
            build_id=plan.build_id,
            reason=plan.reason,
            released_at=FUTURE,
            plan=other.plan,
            base_name="registry.evil/base",
        ),
        asked.reference(world.registry),
    )
    world.registry.attach(
        REPOSITORY,
        subject,
        artifact_type=media.IN_TOTO,
        blobs=[(media.IN_TOTO, lie)],
        annotations={names.ANNOTATION_STAGE: "release", names.ANNOTATION_CREATED: "2026-11-23T00:00:00Z"},
    )
    release.run(asked, world.ports())
    (made,) = [one for one in world.catalog.releases("child") if one.version == plan.version]
    assert made.released_at < FUTURE
    assert world.job("child", made.plan, None).plan == asked.plan
    assert made.base_name == "registry.test:5000/golden/root"


def test_a_planted_judgement_meets_no_demands(world: World) -> None:
    """It would have the release meet demands that it never met."""
    world.run(child())
    stood = world.catalog.current("child")
    assert stood is not None
    run = world.run(child(stages={"lint": {"fail_on": "warning"}}), run_id="second", until="gate")
    asked = job(world, run, "release")
    lie = Judgement("child", stood.version, stood.digest, Digest.of(b"never"), asked.plan_digest, FUTURE)
    world.registry.attach(
        REPOSITORY,
        asked.subject(),
        artifact_type=media.IN_TOTO,
        blobs=[(media.IN_TOTO, records.judgement_statement(lie, asked.reference(world.registry)))],
        annotations=records.judgement_annotations(lie),
    )
    release.run(asked, world.ports())
    met = {one.demands for one in world.catalog.judgements("child", stood.digest)}
    assert met == {asked.plan.demands.digest}
