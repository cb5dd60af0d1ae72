"""A scan in the forms that other tools read: SARIF, and CycloneDX with vulnerabilities. Neither is what we
judge: they hold less.

Source: SARIF 2.1.0 (OASIS); CycloneDX 1.6, "Vulnerability Disclosure Report".
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from golden_images.core.digest import canonical_json
from golden_images.core.findings import Finding, Level
from golden_images.core.inventory import package
from golden_images.core.scan_report import SCANNER, ScanReport
from golden_images.core.vulnerabilities import Vulnerability
from golden_images.core.words import moment

#: SARIF has three; what nobody rated may be the worst.
_LEVELS = {Level.NONE: "none", Level.LOW: "note", Level.MEDIUM: "warning"}
_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(report: ScanReport, found: Iterable[Vulnerability]) -> bytes:
    rules: dict[str, dict[str, Any]] = {}
    results = []
    for one in found:
        rules.setdefault(one.id, {"id": one.id, "shortDescription": {"text": one.id}})
        results.append(_result(one.finding(), {"scanners": list(one.scanners), **_known(one)}))
    for scan in report.scans:
        for notice in scan.notices:
            rules.setdefault(notice.id, {"id": notice.id, "shortDescription": {"text": notice.id}})
            results.append(_result(notice, {"scanners": [scan.scanner]}))
    invocation = {
        "executionSuccessful": not report.doubts,
        "startTimeUtc": moment(report.started),
        "endTimeUtc": moment(report.finished),
        "toolExecutionNotifications": [
            {"level": "error", "message": {"text": str(doubt)}} for doubt in report.doubts
        ],
    }
    driver = {"name": "golden-images", "informationUri": SCANNER, "rules": list(rules.values())}
    extensions = [{"name": scan.scanner, "version": scan.version} for scan in report.scans]
    run = {
        "tool": {"driver": driver, "extensions": extensions},
        "invocations": [invocation],
        "properties": {"subject": report.subject, "sbom": report.sbom},
        "results": results,
    }
    return canonical_json({"$schema": _SARIF, "version": "2.1.0", "runs": [run]})


def _result(finding: Finding, more: dict[str, Any]) -> dict[str, Any]:
    level = finding.severity.level if finding.severity else Level.MEDIUM
    return {
        "ruleId": finding.id,
        "level": _LEVELS.get(level, "error"),
        "message": {"text": str(finding)},
        "locations": [
            {"logicalLocations": [{"fullyQualifiedName": finding.package or "image", "kind": "package"}]}
        ],
        "partialFingerprints": {"finding/v1": f"{finding.id} {finding.package}"},
        "properties": {"fixed": finding.fixed_version, "aliases": list(finding.aliases), **more},
    }


def cyclonedx(report: ScanReport, found: Iterable[Vulnerability]) -> bytes:
    told = list(found)
    packages = sorted({claim.package for one in told for claim in one.claims if claim.package})
    serial = uuid.uuid5(uuid.NAMESPACE_OID, f"vulnerabilities {report.subject} {report.sbom}")
    return canonical_json(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "serialNumber": f"urn:uuid:{serial}",
            "version": 1,
            "metadata": {
                "timestamp": moment(report.finished),
                "tools": {
                    "components": [
                        {"type": "application", "name": scan.scanner, "version": scan.version}
                        for scan in report.scans
                    ]
                },
                "component": {
                    "type": "container",
                    "bom-ref": report.subject,
                    "name": "image",
                    "version": report.subject,
                },
            },
            "components": [_component(purl) for purl in packages],
            "vulnerabilities": [_vulnerability(one) for one in told],
        }
    )


def _component(purl: str) -> dict[str, Any]:
    read = package(purl)
    named = {"name": read.name, "version": read.version} if read else {"name": purl}
    return {"type": "library", "bom-ref": purl, "purl": purl, **named}


def _vulnerability(one: Vulnerability) -> dict[str, Any]:
    affected = dict.fromkeys(claim.package for claim in one.claims if claim.package)
    known = [{"name": f"golden-images:{name}", "value": str(value)} for name, value in _known(one).items()]
    claims = [
        {"name": f"golden-images:claim:{claim.scanner}", "value": f"{claim.id} {claim.fixed_version}".strip()}
        for claim in one.claims
    ]
    written: dict[str, Any] = {
        "bom-ref": f"{one.id} {one.package}",
        "id": one.id,
        "references": [{"id": alias, "source": {"name": _source(alias)}} for alias in one.aliases],
        "ratings": list(_ratings(one)),
        "affects": [{"ref": purl} for purl in affected],
        "properties": [*known, *claims],
    }
    if one.message:
        written["description"] = one.message
    if one.fixed_versions:
        written["recommendation"] = f"update to {' or '.join(one.fixed_versions)}"
    return written


def _ratings(one: Vulnerability) -> Iterator[dict[str, Any]]:
    seen = set()
    for claim in one.claims:
        if claim.severity and (claim.severity.source, claim.severity.level) not in seen:
            seen.add((claim.severity.source, claim.severity.level))
            yield {"source": {"name": claim.severity.source}, "severity": claim.severity.level.value}


def _known(one: Vulnerability) -> dict[str, Any]:
    known: dict[str, Any] = {}
    if one.exploited is not None:
        known["exploited"] = one.exploited.isoformat()
    if one.probability is not None:
        known["probability"] = one.probability
    return known


def _source(alias: str) -> str:
    """``GHSA``, ``DSA``: who gives out such names."""
    return alias.partition("-")[0]
