"""What all scanners said is one statement, and comes back from it whole."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from golden_images.core.findings import Finding, Level, Severity
from golden_images.core.reference import Reference
from golden_images.core.scan_report import Doubt, ScanReport, parse, statement, told
from golden_images.core.scanning import SUPPORT_ENDED, Database, Scan

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
SUBJECT, SBOM, ARTIFACT = (f"sha256:{number:064}" for number in (1, 2, 3))
ZLIB = "pkg:deb/debian/zlib1g@1.3-1?arch=amd64&distro=debian-12&upstream=zlib"
REFERENCE = Reference("registry.test:5000", "golden/root")


def found(id_: str, *aliases: str, level: Level | None = Level.HIGH, fixed: str = "", **more: Any) -> Finding:
    rated = Severity(level=level, source="debian") if level else None
    return Finding(id=id_, aliases=aliases, package=ZLIB, severity=rated, fixed_version=fixed, **more)


def scan(scanner: str, *findings: Finding, notices: tuple[Finding, ...] = ()) -> Scan:
    database = Database(name=scanner, built=AT, digest=f"sha256:{len(scanner):064}", records=1)
    return Scan(
        scanner=scanner, version="1", sbom=SBOM, database=database, findings=findings, notices=notices
    )


ENDED = Finding(id=SUPPORT_ENDED, package=ZLIB, message="it ended")
REPORT = ScanReport(
    subject=SUBJECT,
    sbom=SBOM,
    sbom_artifact=ARTIFACT,
    started=AT,
    finished=AT,
    scans=(
        scan("distro", found("CVE-2026-0001", level=None, fixed="1.3-2", message="zlib1g"), notices=(ENDED,)),
        scan(
            "osv",
            found("DEBIAN-CVE-2026-0001", level=Level.CRITICAL),
            found("CVE-2026-0002", "DSA-1-1", level=Level.UNKNOWN),
            found("CVE-2026-0003", level=Level.LOW),
        ),
    ),
    doubts=(Doubt(scanner="grype", why="it crashed"), Doubt(why="the SBOM is odd")),
    exploited={"CVE-2026-0001": date(2026, 1, 1)},
    probability={"CVE-2026-0001": 0.5},
)
EMPTY = ScanReport(subject=SUBJECT, sbom=SBOM, sbom_artifact=ARTIFACT, started=AT, finished=AT)
BOTH = pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["findings", "none"])


@BOTH
def test_the_statement_holds_the_whole_answer(report: ScanReport) -> None:
    content = statement(report, REFERENCE)
    assert parse(content) == report
    body = json.loads(content)
    assert body["subject"] == [{"name": REFERENCE.name, "digest": {"sha256": SUBJECT[7:]}}]


def test_the_statement_is_in_cosigns_form() -> None:
    """What ``cosign verify-attestation --type vuln`` reads into its own type: every key, and its kind."""
    predicate = json.loads(statement(REPORT, REFERENCE))["predicate"]
    assert set(predicate) == {"invocation", "scanner", "metadata"}
    assert set(predicate["invocation"]) == {"parameters", "uri", "event_id", "builder.id"}
    scanner = predicate["scanner"]
    assert (type(scanner["uri"]), type(scanner["version"])) == (str, str)
    assert {key: type(value) for key, value in scanner["db"].items()} == {"uri": str, "version": str}
    assert isinstance(scanner["result"], dict)
    for key in ("scanStartedOn", "scanFinishedOn"):
        assert datetime.fromisoformat(predicate["metadata"][key]) == AT


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"predicateType":"https://cosign', '"predicateType":"https://other'),
        ('"_type":"https://in-toto.io/Statement/v1"', '"_type":"x"'),
        (f'"sha256":"{SUBJECT[7:]}"', f'"sha256":"{9:064}"'),
        ('"scans":', '"scan":'),
        ('"scanner":{', '"scaner":{'),
    ],
)
def test_what_is_no_scan(old: str, new: str) -> None:
    content = statement(REPORT, REFERENCE).decode()
    assert old in content
    with pytest.raises((ValueError, LookupError, TypeError)):
        parse(content.replace(old, new).encode())


def test_what_a_log_tells() -> None:
    assert list(told(REPORT, most=1)) == [
        "distro 1 by distro of 2026-11-24, 1 record: 1 finding",
        "osv 1 by osv of 2026-11-24, 1 record: 3 findings",
        "3 vulnerabilities: 1 unknown, 1 critical, 1 low; 1 with a fix",
        "  CVE-2026-0001 critical: zlib1g (pkg:deb/debian/zlib@1.3-1, fixed in 1.3-2)"
        " by distro, osv, exploited",
        "  and 2 more",
    ]
    assert list(told(EMPTY)) == ["0 vulnerabilities"]
