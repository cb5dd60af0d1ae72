"""Gate and release by a policy: every rule is told, one that fails keeps the image from being released, and
the log ends with what to do."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from golden_images.core.policy.demand import PolicyDemand
from golden_images.core.policy.verdict import PolicyVerdict
from golden_images.errors import InputError, StageFailed
from golden_images.evidence import summary
from golden_images.evidence.snapshot import attempt_of
from golden_images.evidence.store import Witnesses
from golden_images.job import Job
from golden_images.pipeline import stage as row
from golden_images.stages import gate, release
from tests.fakes.policy import policy, waiver
from tests.fakes.world import World, child, root

#: The image of every test has the package base-files.
DENY = {"packages": [{"deny": ["base-files"]}], "stages": ["test"]}
MINE = waiver("package:base-files", images=["child"], expires="2099-12-31")


def before_gate(world: World, *waivers: Any, text: str = "", **fields: Any) -> Job:
    """A child whose evidence is complete, before the gate, by a policy with ``fields``."""
    world.run(root())
    asked = PolicyDemand.of(policy(**fields), text)
    run = world.run(child(), until="test", policy=asked, waivers=waivers)
    assert run.resolution.plan_digest is not None
    return world.job("child", run.resolution.plan_digest, run.candidate, "gate")


def statement(world: World, job: Job) -> dict[str, Any]:
    """The newest verification summary."""
    named = [one for one in world.catalog.evidence("child", job.subject().digest) if one.stage == "gate"]
    newest = max(named, key=lambda one: one.attempt)
    (content,) = Witnesses.of(job, world.ports()).read(attempt_of([newest])).values()
    found = json.loads(content)["predicate"]
    assert isinstance(found, dict)
    return found


def test_a_rule_that_fails_stops_the_image_and_the_log_ends_with_what_to_do(world: World) -> None:
    job = before_gate(world, **DENY)
    with pytest.raises(StageFailed) as failed:
        gate.run(job, world.ports())
    assert failed.value.cause == "no package base-files: 1 of 1 package"
    assert failed.value.remedy == "take base-files out: package:base-files"
    assert world.log[-5:] == [
        "  base-files 12.4+deb12u5 may not be there",
        "pass: test has passed: it has",
        "no package base-files: 1 of 1 package",
        "what to do, what matters most first:",
        "1. take base-files out: package:base-files",
    ]
    with pytest.raises(StageFailed, match="may not be released"):
        release.run(job, world.ports())
    assert world.catalog.current("child") is None
    found = statement(world, job)
    assert (found["verificationResult"], found["verifiedLevels"]) == ("FAILED", ["FAILED"])
    assert not PolicyVerdict.model_validate(found[summary.RULES_EXTENSION]).passed


def test_a_policy_that_is_met_says_so_in_the_summary(world: World) -> None:
    job = before_gate(world, stages=["test"], packages=[{"deny": ["telnet"]}])
    assert gate.run(job, world.ports()).summary == "passed on 7 pieces of evidence by the policy strict"
    found = statement(world, job)
    asked = job.plan.demands.policy
    assert asked is not None
    assert found["policy"] == {
        "uri": "urn:golden-images:policy:strict",
        "digest": {"sha256": asked.digest.hex},
    }
    assert found["verifiedLevels"] == ["GOLDEN_IMAGES_POLICY_STRICT"]
    rules = PolicyVerdict.model_validate(found[summary.RULES_EXTENSION]).rules
    assert [str(one) for one in rules] == [
        "pass: test has passed: it has",
        "pass: no package telnet: none of 1 package",
    ]
    assert release.run(job, world.ports()).outputs["released"] == "yes"


def test_without_a_policy_the_summary_is_what_it_was(world: World) -> None:
    world.run(root())
    run = world.run(child(), until="gate")
    assert run.resolution.plan_digest is not None
    found = statement(world, world.job("child", run.resolution.plan_digest, run.candidate, "gate"))
    assert found["policy"]["uri"] == "urn:golden-images:demands:v1"
    assert (found["verifiedLevels"], summary.RULES_EXTENSION in found) == ([], False)


def test_a_waiver_lifts_is_told_and_is_in_the_summary(world: World) -> None:
    job = before_gate(world, MINE, **DENY)
    assert gate.run(job, world.ports()).summary.endswith("by the policy strict, 1 waived")
    verdict = PolicyVerdict.model_validate(statement(world, job)[summary.RULES_EXTENSION])
    assert [(one.finding, one.owner) for one in verdict.lifted] == [("package:base-files", "platform")]
    assert release.run(job, world.ports()).outputs["released"] == "yes"


def at(when: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of gate and release."""

    class Clock(datetime):
        @classmethod
        def now(cls, _zone: Any = None) -> datetime:  # type: ignore[override]
            return when

    for module in (gate, release):
        monkeypatch.setattr(module, "datetime", Clock)


def test_a_waiver_that_ends_between_gate_and_release_no_longer_counts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = before_gate(world, MINE, **DENY)
    at(datetime(2099, 12, 30, tzinfo=UTC), monkeypatch)
    gate.run(job, world.ports())
    assert any("ends in 1 day" in line for line in world.log)
    at(datetime(2099, 12, 31, tzinfo=UTC), monkeypatch)
    with pytest.raises(StageFailed, match="may not be released"):
        release.run(job, world.ports())
    with pytest.raises(StageFailed):
        gate.run(job, world.ports())
    assert any("ended at 2099-12-31" in line for line in world.log)


def test_what_only_warns_is_told_and_released(world: World) -> None:
    job = before_gate(world, packages=[{"deny": ["base-files"], "action": "warn"}])
    assert gate.run(job, world.ports()).summary.endswith("by the policy strict, 1 warning")
    assert "warn: no package base-files: 1 of 1 package" in world.log


def test_what_a_policy_asks_of_the_image_itself_is_looked_up(world: World) -> None:
    label = "org.opencontainers.image.title"
    job = before_gate(world, labels=[label, "team"], annotations=[label], ages={"base": {"days": 30}})
    with pytest.raises(StageFailed) as failed:
        gate.run(job, world.ports())
    assert failed.value.cause == "the label team is there: it is not"
    assert "pass: the base is at most 30 days old: 0 days old" in world.log
    assert f"pass: the annotation {label} is there: child" in world.log


def test_a_base_that_the_ledger_does_not_know_has_no_age(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = before_gate(world, ages={"base": {"days": 30}})
    monkeypatch.setattr(world.catalog, "base_versions", lambda *_: [])
    with pytest.raises(StageFailed, match="does not pass"):
        gate.run(job, world.ports())


def test_a_stage_that_did_not_pass_is_told_once(world: World) -> None:
    job = before_gate(world, stages=["sbom"])
    for one in world.catalog.evidence("child", job.subject().digest):
        if one.stage == "sbom":
            world.registry.delete_manifest("golden/child", one.digest)
    with pytest.raises(StageFailed) as failed:
        gate.run(job, world.ports())
    assert failed.value.cause.count("is gone from the registry") == 1
    assert "mend what sbom found" in failed.value.remedy


def test_rego_is_asked_the_same(world: World) -> None:
    module = """package golden_images
deny contains "base-files of child" if {
  input.image == "child"
  input.evidence.test.passed
  some one in input.packages
  one.name == "base-files"
  input.options.test.minimum == 1
}
"""
    job = before_gate(world, text=module, rego="own.rego")
    with pytest.raises(StageFailed) as failed:
        gate.run(job, world.ports())
    assert failed.value.remedy == "see own.rego: base-files of child: base-files of child"


def test_a_policy_that_this_version_cannot_read_stops_the_gate(world: World) -> None:
    job = before_gate(world)
    unknown = PolicyDemand(name="strict", asked={"of_tomorrow": 1})
    demands = job.plan.demands.model_copy(update={"policy": unknown})
    job = replace(job, plan=job.plan.model_copy(update={"demands": demands}))
    with pytest.raises(InputError, match="the policy strict in its plan cannot be read"):
        gate.run(job, world.ports())


def test_another_policy_is_no_retry_of_the_gate(world: World) -> None:
    """What the gate said by one policy tells nothing by another."""
    job = before_gate(world, stages=["test"])
    gate.run(job, world.ports())
    run = world.run(
        child(), until="test", run_id="second", policy=PolicyDemand.of(policy(stages=["sbom"]), "")
    )
    assert run.resolution.plan_digest is not None
    other = world.job("child", run.resolution.plan_digest, run.candidate, "release")
    with pytest.raises(StageFailed, match="no verification summary"):
        release.run(other, world.ports())
    assert row("gate").perform(other, world.ports()).made


def test_the_summary_is_written_anew_where_a_rule_decides_otherwise(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = before_gate(world, ages={"base": {"days": 30, "action": "warn"}})
    assert gate.run(job, world.ports()).made
    assert not gate.run(job, world.ports()).made, "it saw the same"
    at(datetime(2099, 12, 31, tzinfo=UTC), monkeypatch)
    assert gate.run(job, world.ports()).made
    verdict = PolicyVerdict.model_validate(statement(world, job)[summary.RULES_EXTENSION])
    assert len(verdict.warning) == 1
