"""The verification summary: what the gate said of one digest, and of which reports.

An in-toto statement with the predicate ``https://slsa.dev/verification_summary/v1``, kept as evidence
itself: attached to the digest, and named by the catalog. A release judges the reports that the newest
one lists, and no others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from golden_images.core import media
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.policy.verdict import PolicyVerdict
from golden_images.core.records import STATEMENT_TYPE
from golden_images.core.role import Role
from golden_images.core.words import moment
from golden_images.errors import IntegrityError
from golden_images.evidence.snapshot import Snapshot
from golden_images.evidence.store import Witnesses
from golden_images.evidence.verdict import asked
from golden_images.job import Job, Makes

PREDICATE = "https://slsa.dev/verification_summary/v1"
VERIFIER = "urn:golden-images:gate:v1"
#: What we say beyond the predicate's own fields: every rule of the policy with its outcome.
RULES_EXTENSION = "urn:golden-images:rules:v1"


@dataclass(frozen=True, slots=True)
class Summary:
    """``inputs``: digests of the reports that were judged, sorted. ``policy`` is what it said of every rule;
    two summaries that differ in what it saw alone are the same."""

    passed: bool
    inputs: tuple[Digest, ...]
    policy: PolicyVerdict | None = field(default=None, compare=False)
    outcomes: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, passed: bool, inputs: tuple[Digest, ...], policy: PolicyVerdict | None) -> Summary:
        outcomes = ((one.rule, str(one.decision)) for one in policy.rules) if policy else ()
        return cls(passed, inputs, policy, tuple(sorted(outcomes)))


def newest(job: Job, witnesses: Witnesses, known: Snapshot) -> Summary | None:
    """What the gate said last about these demands; None if it said nothing. Raises IntegrityError, which
    names it, for a summary that the registry lost or altered."""
    attempt = known.current(Role.VERIFICATION_SUMMARY, _mark(job), (media.IN_TOTO,))
    if attempt is None:
        return None
    (content,) = witnesses.read(attempt).values()
    try:
        predicate = json.loads(content)["predicate"]
        inputs = [Digest(f"sha256:{entry['digest']['sha256']}") for entry in predicate["inputAttestations"]]
        rules = predicate.get(RULES_EXTENSION)
        policy = PolicyVerdict.model_validate(rules) if rules is not None else None
        return Summary.of(predicate["verificationResult"] == "PASSED", tuple(sorted(inputs)), policy)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise IntegrityError(
            "the verification summary cannot be read", remedy=f"clear the task {job.maker(Makes.VERDICT)}"
        ) from None


def write(job: Job, witnesses: Witnesses, known: Snapshot, said: Summary) -> None:
    witnesses.store(
        job.subject(),
        known,
        stage=Role.VERIFICATION_SUMMARY.value,
        mark=_mark(job),
        reports={media.IN_TOTO: _statement(job, witnesses, said)},
        tool=VERIFIER,
    )


def _mark(job: Job) -> str:
    return asked(job).hex[:16]


def _digests(of: Iterable[Digest]) -> list[dict[str, dict[str, str]]]:
    return [{"digest": {"sha256": one.hex}} for one in of]


def _statement(job: Job, witnesses: Witnesses, said: Summary) -> bytes:
    subject, reference = job.subject().digest, job.reference(witnesses.registry)
    rules = {RULES_EXTENSION: said.policy.stored().model_dump(mode="json")} if said.policy else {}
    return canonical_json(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": reference.name, "digest": {"sha256": subject.hex}}],
            "predicateType": PREDICATE,
            "predicate": {
                "verifier": {"id": VERIFIER},
                "timeVerified": moment(datetime.now(UTC)),
                "resourceUri": str(reference.at(subject)),
                "policy": _policy(job),
                "inputAttestations": _digests(said.inputs),
                "verificationResult": "PASSED" if said.passed else "FAILED",
                "verifiedLevels": _levels(job, said),
                **rules,
            },
        }
    )


def _policy(job: Job) -> dict[str, Any]:
    """By what it was judged: the policy with what the image asks for beyond it, else the stages' demands."""
    demanded = job.plan.demands.policy
    uri = f"urn:golden-images:policy:{demanded.name}" if demanded else "urn:golden-images:demands:v1"
    return {"uri": uri, "digest": {"sha256": (demanded.digest if demanded else asked(job)).hex}}


def _levels(job: Job, said: Summary) -> list[str]:
    """A level of our own for a policy that was met (SLSA's own begin with ``SLSA_``)."""
    if not said.passed:
        return ["FAILED"]
    demanded = job.plan.demands.policy
    return [f"GOLDEN_IMAGES_POLICY_{re.sub(r'[^A-Z0-9]', '_', demanded.name.upper())}"] if demanded else []
