"""All evidence about one digest, chosen from one snapshot and judged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from golden_images.core.digest import Digest, canonical_json
from golden_images.core.judging import About, Beside, Demand
from golden_images.core.policy.input import Seen
from golden_images.errors import IntegrityError
from golden_images.evidence.freshness import stale
from golden_images.evidence.snapshot import Attempt, Snapshot
from golden_images.evidence.store import Witnesses
from golden_images.images.image import manifests
from golden_images.job import Job
from golden_images.ports import Manifest


@dataclass(frozen=True, slots=True)
class Chosen:
    """The evidence that answers ``demand`` about ``subject``; None if there is none."""

    demand: Demand
    subject: Digest
    attempt: Attempt | None


@dataclass(frozen=True, slots=True)
class Judged:
    """``inputs``: digests of the reports that were judged, sorted. ``stages``: the problems of each that
    makes evidence, none where it passed. ``seen``: what their reports tell a policy."""

    problems: tuple[str, ...]
    facts: Mapping[str, int]
    inputs: tuple[Digest, ...]
    stages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seen: tuple[Seen, ...] = ()


def asked(job: Job) -> Digest:
    """Of what is demanded: each stage with its options and what its reports depend on, the policy and the
    waivers."""
    stages: dict[str, Any] = {one.stage: one.fingerprint(job.plan) for one in job.demands}
    demands = job.plan.demands
    rules = [str(demands.policy.digest) if demands.policy else "", demands.waivers]
    # A job without rules asks for what it did before there were any.
    return Digest.of(canonical_json([stages, rules] if any(rules) else stages))


def choose(
    job: Job, witnesses: Witnesses, known: Snapshot, listed: Collection[Digest] | None = None
) -> list[Chosen]:
    """For each demand the newest attempt that is ``known``, or the one whose reports are ``listed``."""
    found = []
    for demand in job.demands:
        mark, kinds = demand.fingerprint(job.plan), demand.evidence.kinds
        for about in _about(demand, job.image(), witnesses, known):
            if listed is None:
                attempt = about.current(demand.stage, mark, kinds)
            else:
                attempt = about.among(listed, demand.stage, mark, kinds)
            found.append(Chosen(demand, about.subject, attempt))
    return found


def _about(demand: Demand, image: Manifest, witnesses: Witnesses, known: Snapshot) -> list[Snapshot]:
    """Of what the reports speak. The plan's are bound to the image."""
    if demand.evidence.about is not About.PLATFORMS:
        return [known]
    platforms = [one.descriptor.digest for one in manifests(witnesses.registry, witnesses.repository, image)]
    return [known if one == known.subject else witnesses.snapshot(one) for one in platforms]


def beside(witnesses: Witnesses, attempts: Iterable[tuple[Demand, Attempt | None]]) -> Beside:
    """What evidence is judged beside, where ``attempts`` are what stands for each demand."""
    held = ((one.evidence.packages, attempt) for one, attempt in attempts if attempt is not None)
    packages = next((attempt.reports[kind].digest for kind, attempt in held if kind), None)
    return Beside(packages, witnesses.catalog.database)


def judge(job: Job, witnesses: Witnesses, chosen: Sequence[Chosen], now: datetime) -> Judged:
    """Missing, altered and unreadable evidence is a problem like any other; only a service that does not
    answer raises. Of a fact that several platforms give, the greatest is told."""
    problems: dict[str, list[str]] = {}
    facts: dict[str, int] = {}
    inputs: list[Digest] = []
    seen: list[Seen] = []
    known = beside(witnesses, [(one.demand, one.attempt) for one in chosen])
    for one in chosen:
        demand = one.demand
        found = problems.setdefault(demand.stage, [])
        if one.attempt is None:
            missing = ", ".join(sorted(demand.evidence.kinds))
            found.append(f"{demand.stage}: no current evidence {missing}")
            continue
        try:
            reports = witnesses.read(one.attempt)
        except IntegrityError as error:
            found.append(error.what)
            continue
        verdict = demand.verdict(reports, one.subject, now, job.organisation, known)
        found += [f"{demand.stage}: {line}" for line in verdict.told()]
        for name, value in verdict.facts.items():
            facts[name] = max(value, facts.get(name, value))
        inputs += one.attempt.digests
        seen.append(verdict.seen)
    return Judged(
        problems=tuple(line for lines in problems.values() for line in lines),
        facts=facts,
        inputs=tuple(sorted(inputs)),
        stages={stage: tuple(lines) for stage, lines in problems.items()},
        seen=tuple(seen),
    )


def out_of_date(chosen: Sequence[Chosen], now: datetime) -> list[str]:
    """What of it no longer holds, a sentence each."""
    held = [(one.demand, one.attempt) for one in chosen if one.attempt is not None]
    return [f"{demand.stage}: {why}" for demand, attempt in held if (why := stale(demand, attempt, now))]
