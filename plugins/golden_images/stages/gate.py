"""Gate: judges every piece of evidence about one digest, and says so in a verification summary."""

from __future__ import annotations

from datetime import UTC, datetime

from golden_images.core.judging import About
from golden_images.core.waivers import expiry
from golden_images.core.words import count
from golden_images.errors import IntegrityError, StageFailed
from golden_images.evidence import summary
from golden_images.evidence.ruling import Ruling, rule
from golden_images.evidence.snapshot import Snapshot
from golden_images.evidence.store import Witnesses
from golden_images.evidence.summary import Summary
from golden_images.images import candidate
from golden_images.job import Job, Report
from golden_images.ports import Ports

#: Of the steps that are to be done, those that an alert and a run's note have room for.
_MOST_IN_REMEDY = 3


def run(job: Job, ports: Ports) -> Report:
    """A no takes an earlier yes back: what was released by it stays, nothing more is. What a policy said of
    its rules is written down either way, for whoever has to mend it."""
    candidate.demand(job, ports.catalog())
    witnesses, subject = Witnesses.of(job, ports), job.subject()
    known, unbound = bind(job, witnesses, witnesses.snapshot(subject.digest))
    ruling = rule(job, witnesses, known, datetime.now(UTC))
    said = Summary.of(ruling.passed and not unbound, ruling.judged.inputs, ruling.policy)
    standing = _standing(job, witnesses, known)
    told = said.passed or said.policy is not None
    made = standing != said if told else standing is not None and standing.passed
    if made:
        summary.write(job, witnesses, known, said)
    problems = [*unbound, *ruling.problems]
    to_do = _tell(job, ruling, problems)
    if problems:
        raise StageFailed(
            f"{job.definition.name}: {subject.digest} does not pass the gate",
            cause="; ".join(problems),
            remedy="; ".join(to_do[:_MOST_IN_REMEDY])
            or "mend what the stages found; clear a stage whose evidence is missing, stale or altered",
        )
    pieces = count(len(said.inputs), "piece of evidence", "pieces of evidence")
    return Report(f"passed on {pieces}{_policy(ruling)}", facts=dict(ruling.judged.facts), made=made)


def _tell(job: Job, ruling: Ruling, problems: list[str]) -> list[str]:
    """Every rule with what it saw; last, for whoever opens the log of a failure, what is to be done."""
    for line in expiry.told(job.waivers, datetime.now(UTC)):
        job.log(line)
    for line in ruling.policy.lines() if ruling.policy else ():
        job.log(line)
    for problem in problems:
        job.log(problem)
    to_do = list(ruling.policy.to_do()) if ruling.policy else []
    if to_do:
        job.log("what to do, what matters most first:")
    for number, line in enumerate(to_do, 1):
        job.log(f"{number}. {line}")
    return to_do


def _policy(ruling: Ruling) -> str:
    if ruling.policy is None:
        return ""
    told = [f"by the policy {ruling.policy.policy}"]
    told += [count(len(ruling.policy.warning), "warning")] if ruling.policy.warning else []
    told += [f"{len(ruling.policy.lifted)} waived"] if ruling.policy.lifted else []
    return f" {', '.join(told)}"


def _standing(job: Job, witnesses: Witnesses, known: Snapshot) -> Summary | None:
    """One that cannot be read may have been a yes, and may come back."""
    try:
        return summary.newest(job, witnesses, known)
    except IntegrityError as error:
        job.log(f"{error.what}; it is made anew")
        return Summary(passed=True, inputs=())


def bind(job: Job, witnesses: Witnesses, known: Snapshot) -> tuple[Snapshot, list[str]]:
    """Attaches to the image what was found out about its plan before there was an image: the newest
    attempt, unless it is there already. What is known afterwards, and what could not be bound."""
    problems: list[str] = []
    for demand in job.demands:
        if demand.evidence.about is not About.PLAN or job.context_subject == known.subject:
            continue
        mark, kinds = demand.fingerprint(job.plan), demand.evidence.kinds
        found = witnesses.snapshot(job.context_subject).current(demand.stage, mark, kinds)
        bound = known.current(demand.stage, mark, kinds)
        if found is None or (bound is not None and bound.made_at == found.made_at):
            continue
        try:
            reports = witnesses.read(found)
        except IntegrityError as error:
            problems.append(error.what)
            continue
        stored = witnesses.store(
            job.subject(),
            known,
            stage=demand.stage,
            mark=mark,
            reports=reports,
            tool=witnesses.tool(found),
            at=found.made_at,
        )
        known = known.with_attempt(stored)
    return known, problems
