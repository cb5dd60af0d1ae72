"""What every evidence stage does around its tool: look for a report that stands, else make, store
and judge one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from golden_images.core.digest import Digest
from golden_images.ports import Descriptor, Registry
from golden_images.stages import evidence
from golden_images.stages.evidence import Demand
from golden_images.stages.job import Job
from golden_images.stages.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Made:
    """A tool's reports, by artifact type, and the tool's name and version."""

    reports: Mapping[str, bytes]
    tool: str


@dataclass(frozen=True, slots=True)
class Examined:
    verdict: Verdict
    #: False if the reports stood already.
    made: bool


def examine(job: Job, registry: Registry, subject: Descriptor, make: Callable[[], Made]) -> Examined:
    """The verdict on ``subject`` by the running stage's judge.

    The reports are stored before they are judged: a failed image keeps the evidence of why.
    """
    demand = job.demand
    if demand is None:
        raise TypeError("this stage makes no evidence: its row in the table names none")
    reports: Mapping[str, bytes] | None = standing(job, registry, subject, demand)
    made = reports is None
    if reports is None:
        result = make()
        reports = result.reports
        evidence.store(
            registry,
            job.repository,
            subject,
            stage=demand.stage,
            mark=demand.fingerprint(job.plan),
            reports=reports,
            tool=result.tool,
        )
    else:
        job.log(f"evidence of {demand.stage} about {subject.digest} stands; it is not made twice")
    return Examined(demand.judge(demand.options, reports, subject.digest), made)


def standing(job: Job, registry: Registry, subject: Descriptor, demand: Demand) -> dict[str, bytes] | None:
    """The stored reports that ``demand`` asks for, or None if one of them is missing or stale.

    Raises IntegrityError for a report that is foreign or altered.
    """
    found = referrers(job, registry, subject.digest, demand)
    if set(found) != set(demand.artifact_types):
        return None
    return {
        artifact_type: evidence.read(registry, job.repository, subject.digest, referrer.digest)
        for artifact_type, referrer in found.items()
    }


def referrers(job: Job, registry: Registry, subject: Digest, demand: Demand) -> dict[str, Descriptor]:
    """The current evidence that ``demand`` asks for about ``subject``, as far as there is any."""
    return evidence.find(
        registry,
        job.repository,
        subject,
        stage=demand.stage,
        mark=demand.fingerprint(job.plan),
        artifact_types=demand.artifact_types,
    )
