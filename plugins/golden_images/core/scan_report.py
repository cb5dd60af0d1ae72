"""What the scanners said of one image, all of it: the evidence that a policy reads.

It travels as the ``scanner.result`` of an in-toto statement about the image's digest, in the form that cosign
has for scans (``https://cosign.sigstore.dev/attestation/vuln/v1``).

Source: in-toto attestation framework, Statement v1; cosign, "Cosign Vulnerability Scan Record Attestation".
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from golden_images.core.digest import canonical_json
from golden_images.core.findings import Level
from golden_images.core.records import STATEMENT_TYPE
from golden_images.core.reference import Reference
from golden_images.core.scanning import Database, Scan, Unjudged
from golden_images.core.vulnerabilities import Vulnerability, merged
from golden_images.core.words import count, moment

PREDICATE = "https://cosign.sigstore.dev/attestation/vuln/v1"
#: What a scan is told by in other tools: it is no one program's.
SCANNER = "urn:golden-images:scan:v1"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Doubt(_Value):
    """Why what a scanner said, or did not say, is not believed: it counts as no answer."""

    #: Empty where it is about the SBOM, which all scanners are given.
    scanner: str = ""
    why: str = Field(min_length=1)

    def __str__(self) -> str:
        return f"{self.scanner}: {self.why}" if self.scanner else self.why


class ScanReport(_Value):
    #: ``sha256:…`` of the image that the SBOM describes.
    subject: str
    #: ``sha256:…`` of the SBOM's bytes.
    sbom: str
    #: ``sha256:…`` of the SBOM's artifact in the registry, by which the catalog knows it.
    sbom_artifact: str
    started: AwareDatetime
    finished: AwareDatetime
    #: What is believed, one a scanner.
    scans: tuple[Scan, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    #: What nobody can judge, whatever scanners say: a version that is none.
    unreadable: tuple[Unjudged, ...] = ()
    #: Lists by which findings are told as exploited, and how probably they will be.
    lists: tuple[Database, ...] = ()
    #: Of what was found, by CVE.
    exploited: dict[str, date] = {}
    probability: dict[str, float] = {}

    def vulnerabilities(self) -> tuple[Vulnerability, ...]:
        return merged(self.scans, self.exploited, self.probability)

    def databases(self) -> tuple[Database, ...]:
        """All that it rests on, each once."""
        used = (*(scan.database for scan in self.scans if scan.database), *self.lists)
        return tuple({one.digest: one for one in used}.values())


def statement(report: ScanReport, of: Reference) -> bytes:
    """``of``: the image's repository."""
    scanners = "; ".join(f"{scan.scanner} {scan.version}" for scan in report.scans)
    databases = "; ".join(f"{one.name}@{one.digest}" for one in report.databases())
    return canonical_json(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": of.name, "digest": {"sha256": report.subject.removeprefix("sha256:")}}],
            "predicateType": PREDICATE,
            "predicate": {
                "invocation": {
                    "parameters": [f"sbom={report.sbom}"],
                    "uri": "",
                    "event_id": "",
                    "builder.id": "",
                },
                "scanner": {
                    "uri": SCANNER,
                    "version": scanners,
                    "db": {"uri": databases, "version": ""},
                    "result": report.model_dump(mode="json", exclude_defaults=True),
                },
                "metadata": {
                    "scanStartedOn": moment(report.started),
                    "scanFinishedOn": moment(report.finished),
                },
            },
        }
    )


def parse(content: bytes) -> ScanReport:
    """Raises ValueError, KeyError or TypeError for what is no such statement, or is about another digest
    than its report."""
    body: Any = json.loads(content)
    if body["predicateType"] != PREDICATE or body["_type"] != STATEMENT_TYPE:
        raise ValueError("it is no record of a scan")
    report = ScanReport.model_validate(body["predicate"]["scanner"]["result"])
    (subject,) = body["subject"]
    if f"sha256:{subject['digest']['sha256']}" != report.subject:
        raise ValueError("its statement is about another digest than its result")
    return report


def told(report: ScanReport, most: int = 10) -> Iterator[str]:
    """For a log: by which databases, how many of which severity, and the ``most`` urgent ones."""
    for scan in report.scans:
        of = scan.database
        by = f"{of.name} of {of.built:%Y-%m-%d}, {count(of.records, 'record')}" if of else "no database"
        yield f"{scan.scanner} {scan.version} by {by}: {count(len(scan.findings), 'finding')}"
    found = report.vulnerabilities()
    levels = Counter(one.level for one in found)
    counted = ", ".join(f"{levels[level]} {level}" for level in reversed(Level) if levels[level])
    fixed = sum(bool(one.fixed_versions) for one in found)
    head = count(len(found), "vulnerability", "vulnerabilities")
    yield f"{head}: {counted}; {fixed} with a fix" if found else head
    for one in found[:most]:
        yield f"  {one.finding()} by {', '.join(one.scanners)}" + (", exploited" if one.exploited else "")
    if len(found) > most:
        yield f"  and {len(found) - most} more"
