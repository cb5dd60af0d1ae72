"""Gate: judges every piece of evidence about one digest, and says so in a verification summary.

The summary is an in-toto statement with the predicate ``https://slsa.dev/verification_summary/v1``,
attached to the digest. It lists each piece of evidence by digest, so that ``release`` can prove that
what it publishes is what was judged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from golden_images.core import media
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.judging import About
from golden_images.core.records import STATEMENT_TYPE
from golden_images.core.words import moment
from golden_images.errors import IntegrityError, StageFailed
from golden_images.evidence import store as evidence
from golden_images.evidence.examine import read, referrers
from golden_images.job import Job, Report
from golden_images.ports import Descriptor, Ports, Registry

STAGE = "gate"
PREDICATE = "https://slsa.dev/verification_summary/v1"
VERIFIER = "urn:golden-images:gate:v1"


@dataclass(frozen=True, slots=True)
class Judgement:
    """``inputs``: manifests of the evidence that was read. ``policy``: digest of what was demanded."""

    problems: tuple[str, ...]
    facts: Mapping[str, int]
    inputs: tuple[Digest, ...]
    policy: Digest


def run(job: Job, ports: Ports) -> Report:
    registry, subject = ports.registry(), job.subject()
    bind_context_evidence(job, registry, subject)
    judgement = judge(job, registry, subject)
    for problem in judgement.problems:
        job.log(problem)
    if judgement.problems:
        raise StageFailed(
            f"{job.definition.name}: {subject.digest} does not pass the gate",
            cause="; ".join(judgement.problems),
            remedy="mend what the stages found; clear a stage whose evidence is missing or stale",
        )
    made = passed(job, registry, subject, judgement) is None
    if made:
        evidence.store(
            registry,
            job.repository,
            subject,
            stage=STAGE,
            mark=judgement.policy.hex[:16],
            reports={media.IN_TOTO: _summary(job, registry, subject, judgement)},
            tool=VERIFIER,
        )
    return Report(
        f"passed on {len(judgement.inputs)} pieces of evidence", facts=dict(judgement.facts), made=made
    )


def judge(job: Job, registry: Registry, subject: Descriptor) -> Judgement:
    """Judges what ``job.demands`` asks for. Missing, stale, foreign and unreadable evidence is a
    problem like any other; only a registry that does not answer raises."""
    problems: list[str] = []
    facts: dict[str, int] = {}
    inputs: list[Digest] = []
    now = datetime.now(UTC)
    for demand in job.demands:
        found = referrers(job, registry, subject.digest, demand)
        missing = sorted(set(demand.evidence.kinds) - set(found))
        if missing:
            problems.append(f"{demand.stage}: no current evidence {', '.join(missing)}")
            continue
        try:
            reports = read(job, registry, subject.digest, found)
        except IntegrityError as error:
            problems.append(f"{demand.stage}: {error.what}")
            continue
        verdict = demand.verdict(reports, subject.digest, now, job.organisation)
        problems += [f"{demand.stage}: {line}" for line in verdict.told()]
        facts |= verdict.facts
        inputs += [found[kind].digest for kind in sorted(found)]
    marks = {demand.stage: demand.fingerprint(job.plan) for demand in job.demands}
    policy = Digest.of(canonical_json([marks, sorted(inputs)]))
    return Judgement(tuple(problems), facts, tuple(sorted(inputs)), policy)


def passed(job: Job, registry: Registry, subject: Descriptor, judgement: Judgement) -> Digest | None:
    """The stored summary that says PASSED about exactly this evidence; None if there is none."""
    found = evidence.find(
        registry,
        job.repository,
        subject.digest,
        stage=STAGE,
        mark=judgement.policy.hex[:16],
        artifact_types=(media.IN_TOTO,),
    )
    for referrer in found.values():
        content = evidence.read(registry, job.repository, subject.digest, referrer.digest)
        try:
            predicate = json.loads(content)["predicate"]
            listed = tuple(
                sorted(
                    Digest(f"sha256:{entry['digest']['sha256']}") for entry in predicate["inputAttestations"]
                )
            )
        except (ValueError, KeyError, TypeError):
            continue
        if predicate.get("verificationResult") == "PASSED" and listed == judgement.inputs:
            return referrer.digest
    return None


def bind_context_evidence(job: Job, registry: Registry, subject: Descriptor) -> None:
    """Attaches to the image what was found out about its build context before there was an image: the
    newest, if that is not on the image yet."""
    for demand in job.demands:
        if demand.evidence.about is not About.PLAN or job.context_subject == subject.digest:
            continue
        found = referrers(job, registry, job.context_subject, demand)
        if not found or found.keys() != set(demand.evidence.kinds):
            continue
        at = max(map(evidence.made_at, found.values()))
        bound = referrers(job, registry, subject.digest, demand)
        if bound.keys() == found.keys() and at <= max(map(evidence.made_at, bound.values())):
            continue
        evidence.store(
            registry,
            job.repository,
            subject,
            stage=demand.stage,
            mark=demand.fingerprint(job.plan),
            reports=read(job, registry, job.context_subject, found),
            tool=next(iter(found.values())).annotations.get(evidence.ANNOTATION_TOOL, ""),
            at=at,
        )


def _summary(job: Job, registry: Registry, subject: Descriptor, judgement: Judgement) -> bytes:
    reference = job.reference(registry)
    return canonical_json(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": reference.name, "digest": {"sha256": subject.digest.hex}}],
            "predicateType": PREDICATE,
            "predicate": {
                "verifier": {"id": VERIFIER},
                "timeVerified": moment(datetime.now(UTC)),
                "resourceUri": str(reference.at(subject.digest)),
                "policy": {
                    "uri": "urn:golden-images:demands:v1",
                    "digest": {"sha256": judgement.policy.hex},
                },
                "inputAttestations": [{"digest": {"sha256": entry.hex}} for entry in judgement.inputs],
                "verificationResult": "PASSED",
                "verifiedLevels": [],
            },
        }
    )
