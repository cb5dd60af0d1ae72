"""A scan in the forms of others: each passes its own schema, and says what was found."""

from __future__ import annotations

import json
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from jsonschema import Draft4Validator

from golden_images.core.scan_report import ScanReport
from golden_images.scanning import reports
from tests.unit.core.test_scan_report import BOTH, REPORT, ZLIB

#: As OASIS has it in its repository of schemas.
SARIF = Path(__file__).parents[2] / "fixtures" / "schemas" / "sarif-2.1.0.json"


@BOTH
def test_sarif_passes_its_schema(report: ScanReport) -> None:
    document = json.loads(reports.sarif(report, report.vulnerabilities()))
    validator = Draft4Validator(json.loads(SARIF.read_text()))
    assert [error.message for error in validator.iter_errors(document)] == []


def test_sarif_says_what_was_found() -> None:
    (run,) = json.loads(reports.sarif(REPORT, REPORT.vulnerabilities()))["runs"]
    assert [(one["ruleId"], one["level"]) for one in run["results"]] == [
        ("CVE-2026-0001", "error"),
        ("CVE-2026-0002", "error"),
        ("CVE-2026-0003", "note"),
        ("support-ended", "warning"),
    ]
    assert {one["id"] for one in run["tool"]["driver"]["rules"]} == {one["ruleId"] for one in run["results"]}
    (invocation,) = run["invocations"]
    assert not invocation["executionSuccessful"]
    notifications = [one["message"]["text"] for one in invocation["toolExecutionNotifications"]]
    assert notifications == ["grype: it crashed", "the SBOM is odd"]


@BOTH
def test_cyclonedx_passes_its_schema(report: ScanReport) -> None:
    document = reports.cyclonedx(report, report.vulnerabilities()).decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(document) is None


def test_cyclonedx_says_what_was_found() -> None:
    document = json.loads(reports.cyclonedx(REPORT, REPORT.vulnerabilities()))
    first, second, _ = document["vulnerabilities"]
    assert (first["id"], first["recommendation"]) == ("CVE-2026-0001", "update to 1.3-2")
    assert first["ratings"] == [{"source": {"name": "debian"}, "severity": "critical"}]
    assert first["affects"] == [{"ref": ZLIB}]
    told = {one["name"]: one["value"] for one in first["properties"]}
    assert told["golden-images:exploited"] == "2026-01-01"
    assert told["golden-images:claim:osv"] == "DEBIAN-CVE-2026-0001"
    assert second["references"] == [{"id": "DSA-1-1", "source": {"name": "DSA"}}]
    assert [one["bom-ref"] for one in document["components"]] == [ZLIB]
