"""The whole verdict on one digest: what its stages' evidence says, whether that still holds, and what the
policy says of it all. Gate and release ask this, about the same evidence."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from golden_images.core.digest import Digest
from golden_images.core.policy.input import BaseSeen, ComplianceSeen, PolicyInput, StageSeen
from golden_images.core.policy.model import Policy
from golden_images.core.policy.verdict import PolicyVerdict
from golden_images.evidence.snapshot import Snapshot
from golden_images.evidence.store import Witnesses
from golden_images.evidence.verdict import Judged, choose, judge, out_of_date
from golden_images.images import image
from golden_images.job import Job


@dataclass(frozen=True, slots=True)
class Ruling:
    """``policy`` is None where only the stages themselves judge."""

    judged: Judged
    stale: tuple[str, ...]
    policy: PolicyVerdict | None

    @property
    def passed(self) -> bool:
        return not self.judged.problems and not self.stale and (self.policy is None or self.policy.passed)

    @property
    def problems(self) -> tuple[str, ...]:
        """Everything that keeps it from passing, a line each."""
        rules = self.policy.failing if self.policy else ()
        # That a stage has not passed is told by the stage.
        told = [f"{one.rule}: {one.saw}" for one in rules if one.stage is None]
        return (*self.judged.problems, *self.stale, *told)


def rule(
    job: Job,
    witnesses: Witnesses,
    known: Snapshot,
    now: datetime,
    listed: Collection[Digest] | None = None,
) -> Ruling:
    """By the newest evidence that is ``known``, or by that of which the reports are ``listed``.

    Raises InputError for a policy in the plan that this version cannot read.
    """
    chosen = choose(job, witnesses, known, listed)
    judged = judge(job, witnesses, chosen, now)
    stale = tuple(out_of_date(chosen, now))
    return Ruling(judged, stale, _by_policy(job, witnesses, judged, stale, now))


def _by_policy(
    job: Job, witnesses: Witnesses, judged: Judged, stale: tuple[str, ...], now: datetime
) -> PolicyVerdict | None:
    policy, demanded = job.policy, job.plan.demands.policy
    if policy is None or demanded is None:
        return None
    # Whatever else judges imports nothing of this.
    from golden_images.core.policy.evaluate import evaluate

    options = {one.stage: one.options for one in job.demands}
    seen = _seen(job, witnesses, policy, judged, stale, now)
    return evaluate(policy, job.waivers, seen, options, demanded.rego)


def _seen(
    job: Job,
    witnesses: Witnesses,
    policy: Policy,
    judged: Judged,
    stale: tuple[str, ...],
    now: datetime,
) -> PolicyInput:
    by_rego = policy.rego is not None
    evidence = dict(_stages(judged, stale))
    listed = [one.packages for one in judged.seen if one.packages is not None]
    compliance = [one.compliance for one in judged.seen if one.compliance is not None]
    return PolicyInput(
        image=job.definition.name,
        digest=job.subject().digest,
        now=now,
        facts=dict(judged.facts),
        evidence=evidence,
        options={one.stage: one.options.model_dump(mode="json") for one in job.demands},
        scans=tuple(one for seen in judged.seen for one in seen.scans),
        lists=tuple(one for seen in judged.seen for one in seen.lists),
        vulnerabilities=tuple(one for seen in judged.seen for one in seen.vulnerabilities),
        notices=tuple(one for seen in judged.seen for one in seen.notices),
        packages=tuple(one for packages in listed for one in packages) if listed else None,
        base=_base(job, witnesses) if policy.ages.base or by_rego else None,
        compliance=worst(compliance),
        annotations=_annotations(job) if policy.annotations or by_rego else {},
        labels=_labels(job, witnesses) if policy.labels or by_rego else {},
    )


def worst(found: Sequence[ComplianceSeen]) -> ComplianceSeen | None:
    """Of several platforms the worst score, and all that failed on any."""
    if not found:
        return None
    failed = dict.fromkeys(rule for one in found for rule in one.failed)
    return ComplianceSeen(score=min(one.score for one in found), failed=tuple(failed))


def _stages(judged: Judged, stale: tuple[str, ...]) -> Iterator[tuple[str, StageSeen]]:
    for stage, problems in judged.stages.items():
        found = (*problems, *(line for line in stale if line.startswith(f"{stage}: ")))
        told = tuple(line.removeprefix(f"{stage}: ") for line in found)
        yield stage, StageSeen(passed=not found, problems=told)


def _base(job: Job, witnesses: Witnesses) -> BaseSeen | None:
    base, ledger = job.plan.inputs.base, job.definition.base.ledger
    if base is None:
        return None
    versions = witnesses.catalog.base_versions(ledger) if ledger else []
    since = min((one.at for one in versions if one.digest == base.digest), default=None)
    return BaseSeen(name=base.name, digest=base.digest, since=since)


def _annotations(job: Job) -> dict[str, str]:
    found = image.body(job.image()).get("annotations")
    if not isinstance(found, dict):
        return {}
    return {key: text for key, text in found.items() if isinstance(text, str)}


def _labels(job: Job, witnesses: Witnesses) -> dict[str, str]:
    """Those that every platform's image has alike."""
    registry, repository = witnesses.registry, witnesses.repository
    each = [
        image.labels(image.config(registry, repository, one))
        for one in image.manifests(registry, repository, job.image())
    ]
    return {key: text for key, text in each[0].items() if all(one.get(key) == text for one in each)}
