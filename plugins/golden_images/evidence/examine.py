"""What every evidence stage does around its tool: look for a report that stands and passes, else make,
store and judge one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from golden_images.core.judging import Demand, Verdict
from golden_images.errors import IntegrityError, StageFailed
from golden_images.evidence.freshness import stale
from golden_images.evidence.snapshot import Snapshot
from golden_images.evidence.store import Witnesses
from golden_images.evidence.verdict import beside
from golden_images.job import Job, Report
from golden_images.ports import Descriptor, Ports


@dataclass(frozen=True, slots=True)
class Made:
    """A tool's reports, by artifact type, and the tool's name and version."""

    reports: Mapping[str, bytes]
    tool: str


#: Why reports that pass are made anew all the same, in a sentence; empty if they are not.
Outdated = Callable[[Mapping[str, bytes], datetime], str]


def examine(
    job: Job,
    ports: Ports,
    subject: Descriptor,
    make: Callable[[], Made],
    *,
    remedy: str = "",
    outdated: Outdated = lambda _reports, _now: "",
) -> Report:
    """The running stage's report, if its judge passes the evidence about ``subject``. Raises StageFailed,
    with ``remedy``, if not.

    Reports that stand are taken if they pass, and then alone: a test that failed by chance, or a report
    that somebody altered, is made anew by every retry, clear and run. The reports are stored before
    they are judged: a failed image keeps the evidence of why, and its next try does not take it away.
    """
    demand, mark = job.demanded(), job.demanded().fingerprint(job.plan)
    witnesses = Witnesses.of(job, ports)
    known = witnesses.snapshot(subject.digest)
    verdict = _standing(job, witnesses, known, demand, outdated)
    made = verdict is None
    if verdict is None:
        result = make()
        attempt = witnesses.store(
            subject, known, stage=demand.stage, mark=mark, reports=result.reports, tool=result.tool
        )
        reports = witnesses.read(attempt)
        known = known.with_attempt(attempt)
        verdict = _verdict(job, witnesses, known, demand, reports, datetime.now(UTC))
    told = verdict.told()
    for line in told:
        job.log(line)
    if told:
        raise StageFailed(
            f"{job.definition.name}: {verdict.summary or told[0]}", cause="; ".join(told), remedy=remedy
        )
    if not made:
        job.log(f"evidence of {demand.stage} about {subject.digest} stands; it is not made twice")
    return Report(verdict.summary or "passed", facts=dict(verdict.facts), made=made)


def _verdict(
    job: Job,
    witnesses: Witnesses,
    known: Snapshot,
    demand: Demand,
    reports: Mapping[str, bytes],
    now: datetime,
) -> Verdict:
    lists = [one for one in job.demands if one.evidence.packages]
    marks = [(one, one.fingerprint(job.plan)) for one in lists]
    standing = [(one, known.current(one.stage, mark, one.evidence.kinds)) for one, mark in marks]
    return demand.verdict(reports, known.subject, now, job.organisation, beside(witnesses, standing))


def _standing(
    job: Job, witnesses: Witnesses, known: Snapshot, demand: Demand, outdated: Outdated
) -> Verdict | None:
    """What passes of the reports that the catalog names; None if that is none."""
    attempt = known.current(demand.stage, demand.fingerprint(job.plan), demand.evidence.kinds)
    if attempt is None:
        return None
    now = datetime.now(UTC)
    if why := stale(demand, attempt, now):
        job.log(f"{demand.stage}: {why}; it is made anew")
        return None
    try:
        reports = witnesses.read(attempt)
    except IntegrityError as error:
        job.log(f"{error.what}; it is made anew")
        return None
    verdict = _verdict(job, witnesses, known, demand, reports, now)
    if not verdict.passed:
        job.log(f"the last evidence of {demand.stage} does not pass; it is made anew")
        return None
    if why := outdated(reports, now):
        job.log(f"the last evidence of {demand.stage} passes, but {why}; it is made anew")
        return None
    return verdict
