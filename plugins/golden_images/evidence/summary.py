"""The verification summary: what the gate said of one digest, and of which reports.

An in-toto statement with the predicate ``https://slsa.dev/verification_summary/v1``, kept as evidence
itself: attached to the digest, and named by the catalog. A release judges the reports that the newest
one lists, and no others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from golden_images.core import media
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.records import STATEMENT_TYPE
from golden_images.core.role import Role
from golden_images.core.words import moment
from golden_images.errors import IntegrityError
from golden_images.evidence.snapshot import Snapshot
from golden_images.evidence.store import Witnesses
from golden_images.evidence.verdict import policy
from golden_images.job import Job, Makes

PREDICATE = "https://slsa.dev/verification_summary/v1"
VERIFIER = "urn:golden-images:gate:v1"


@dataclass(frozen=True, slots=True)
class Summary:
    """``inputs``: digests of the reports that were judged, sorted."""

    passed: bool
    inputs: tuple[Digest, ...]


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
        return Summary(predicate["verificationResult"] == "PASSED", tuple(sorted(inputs)))
    except (ValueError, KeyError, TypeError):
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
    return policy(job).hex[:16]


def _digests(of: Iterable[Digest]) -> list[dict[str, dict[str, str]]]:
    return [{"digest": {"sha256": one.hex}} for one in of]


def _statement(job: Job, witnesses: Witnesses, said: Summary) -> bytes:
    subject, reference = job.subject().digest, job.reference(witnesses.registry)
    return canonical_json(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": reference.name, "digest": {"sha256": subject.hex}}],
            "predicateType": PREDICATE,
            "predicate": {
                "verifier": {"id": VERIFIER},
                "timeVerified": moment(datetime.now(UTC)),
                "resourceUri": str(reference.at(subject)),
                "policy": {
                    "uri": "urn:golden-images:demands:v1",
                    "digest": {"sha256": policy(job).hex},
                },
                "inputAttestations": _digests(said.inputs),
                "verificationResult": "PASSED" if said.passed else "FAILED",
                "verifiedLevels": [],
            },
        }
    )
