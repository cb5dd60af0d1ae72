"""Gate: judges every piece of evidence about one digest, and says so in a verification summary."""

from __future__ import annotations

from datetime import UTC, datetime

from golden_images.core.judging import About
from golden_images.core.words import count
from golden_images.errors import IntegrityError, StageFailed
from golden_images.evidence import summary
from golden_images.evidence.snapshot import Snapshot
from golden_images.evidence.store import Witnesses
from golden_images.evidence.summary import Summary
from golden_images.evidence.verdict import choose, judge, out_of_date
from golden_images.images import candidate
from golden_images.job import Job, Report
from golden_images.ports import Ports


def run(job: Job, ports: Ports) -> Report:
    """A no takes an earlier yes back: what was released by it stays, nothing more is."""
    candidate.demand(job, ports.catalog())
    witnesses, subject = Witnesses.of(job, ports), job.subject()
    known, unbound = bind(job, witnesses, witnesses.snapshot(subject.digest))
    now = datetime.now(UTC)
    chosen = choose(job, witnesses, known)
    judged = judge(job, witnesses, chosen, now)
    problems = [*unbound, *judged.problems, *out_of_date(chosen, now)]
    said = Summary(not problems, judged.inputs)
    standing = _standing(job, witnesses, known)
    made = standing != said if said.passed else standing is not None and standing.passed
    if made:
        summary.write(job, witnesses, known, said)
    for problem in problems:
        job.log(problem)
    if problems:
        raise StageFailed(
            f"{job.definition.name}: {subject.digest} does not pass the gate",
            cause="; ".join(problems),
            remedy="mend what the stages found; clear a stage whose evidence is missing, stale or altered",
        )
    pieces = count(len(said.inputs), "piece of evidence", "pieces of evidence")
    return Report(f"passed on {pieces}", facts=dict(judged.facts), made=made)


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
