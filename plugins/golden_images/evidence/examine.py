"""What every evidence stage does around its tool: look for a report that stands and passes, else make,
store and judge one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from golden_images.core.digest import Digest
from golden_images.core.judging import Demand, Verdict
from golden_images.errors import IntegrityError, StageFailed
from golden_images.evidence import store as evidence
from golden_images.job import Job, Report
from golden_images.ports import Descriptor, Registry


@dataclass(frozen=True, slots=True)
class Made:
    """A tool's reports, by artifact type, and the tool's name and version."""

    reports: Mapping[str, bytes]
    tool: str


def examine(
    job: Job, registry: Registry, subject: Descriptor, make: Callable[[], Made], *, remedy: str = ""
) -> Report:
    """The running stage's report, if its judge passes the evidence about ``subject``. Raises StageFailed,
    with ``remedy``, if not.

    Reports that stand are taken if they pass, and then alone: a test that failed by chance, or a report
    that somebody altered, is made anew by every retry, clear and run. The reports are stored before
    they are judged: a failed image keeps the evidence of why, and its next try does not take it away.
    """
    demand = job.demanded()
    verdict = _standing(job, registry, subject, demand)
    made = verdict is None or not verdict.passed
    if made:
        result = make()
        evidence.store(
            registry,
            job.repository,
            subject,
            stage=demand.stage,
            mark=demand.fingerprint(job.plan),
            reports=result.reports,
            tool=result.tool,
        )
        verdict = demand.verdict(result.reports, subject.digest, datetime.now(UTC), job.organisation)
    assert verdict is not None
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


def _standing(job: Job, registry: Registry, subject: Descriptor, demand: Demand) -> Verdict | None:
    """The verdict on the stored reports that ``demand`` asks for; None if one of them is missing, stale,
    foreign or altered."""
    found = referrers(job, registry, subject.digest, demand)
    if set(found) != set(demand.evidence.kinds):
        return None
    try:
        reports = read(job, registry, subject.digest, found)
    except IntegrityError as error:
        job.log(f"{error.what}; it is made anew")
        return None
    verdict = demand.verdict(reports, subject.digest, datetime.now(UTC), job.organisation)
    if not verdict.passed:
        job.log(f"the last evidence of {demand.stage} does not pass; it is made anew")
    return verdict


def read(job: Job, registry: Registry, subject: Digest, found: Mapping[str, Descriptor]) -> dict[str, bytes]:
    """The reports behind ``found``. Raises IntegrityError for one that is foreign or altered."""
    return {
        kind: evidence.read(registry, job.repository, subject, referrer.digest)
        for kind, referrer in found.items()
    }


def referrers(job: Job, registry: Registry, subject: Digest, demand: Demand) -> dict[str, Descriptor]:
    """The current evidence that ``demand`` asks for about ``subject``, as far as there is any."""
    return evidence.find(
        registry,
        job.repository,
        subject,
        stage=demand.stage,
        mark=demand.fingerprint(job.plan),
        artifact_types=demand.evidence.kinds,
    )
