"""What a verification summary is said by."""

from __future__ import annotations

from dataclasses import replace

from golden_images.core.policy.demand import PolicyDemand
from golden_images.evidence import summary
from golden_images.evidence.store import Witnesses
from golden_images.evidence.verdict import asked
from golden_images.job import Job
from golden_images.pipeline import demands
from tests.fakes.policy import policy, waiver
from tests.fakes.world import World, child, root


def passed(world: World) -> Job:
    world.run(root())
    run = world.run(child(), until="gate")
    assert run.resolution.plan_digest is not None
    return world.job("child", run.resolution.plan_digest, run.candidate, "release")


def ruled(job: Job, **rules: object) -> Job:
    demands = job.plan.demands.model_copy(update=rules)
    return replace(job, plan=job.plan.model_copy(update={"demands": demands}))


def test_what_is_asked_is_all_that_is_demanded_and_nothing_else(world: World) -> None:
    job = passed(world)
    inputs = job.plan.inputs.model_copy(update={"context": "x"})
    others = [
        replace(job, demands=demands(child(stages={"test": {"minimum": 2}}))),
        replace(job, demands=job.demands[1:]),
        replace(job, plan=job.plan.model_copy(update={"inputs": inputs})),
        ruled(job, policy=PolicyDemand.of(policy(), "")),
        ruled(job, policy=PolicyDemand.of(policy(stages=["test"]), "")),
        ruled(job, waivers={"CVE-2026-1": waiver().asked()}),
    ]
    assert len({asked(each) for each in (job, *others)}) == 7
    assert asked(replace(job, demands=job.demands[::-1], owner="another")) == asked(job)


def test_a_yes_to_other_demands_is_none(world: World) -> None:
    job = passed(world)
    witnesses = Witnesses.of(job, world.ports())
    known = witnesses.snapshot(job.subject().digest)
    said = summary.newest(job, witnesses, known)
    assert said is not None
    assert said.passed
    asked = replace(job, demands=demands(child(stages={"test": {"minimum": 2}})))
    assert summary.newest(asked, witnesses, known) is None
