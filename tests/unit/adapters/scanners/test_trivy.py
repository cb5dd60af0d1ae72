"""trivy: what it says of the image's distribution, and how it rates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from golden_images.core.findings import Level, Severity
from golden_images.errors import ToolError
from tests.unit.adapters.scanners.programs import Install, recorded, scan, script
from tests.unit.adapters.tool import install

__all__ = ["install"]


def answers(install: Install, folder: Path, **changes: Any) -> None:
    document = json.loads(Path(recorded("trivy", "json")).read_text()) | changes
    (folder / "answer").write_text(json.dumps(document))
    install("trivy", script("trivy", answer=f'sed "s#@SBOM@#$sbom#" {folder}/answer'))


def test_without_an_operating_system_every_package_of_it_is_not_judged(
    install: Install, tmp_path: Path
) -> None:
    document = json.loads(Path(recorded("trivy", "json")).read_text())
    results = [one for one in document["Results"] if one["Class"] == "lang-pkgs"]
    answers(install, tmp_path, Results=results, Metadata={"OS": {"Family": "none", "Name": ""}})
    said = {one.what: one.why for one in scan("trivy", tmp_path).unjudged}
    assert said["debian-12"] == "trivy took the image for none"
    assert sum(what.startswith("pkg:deb/") for what in said) == 11


def test_a_release_that_nobody_mends_is_not_judged(install: Install, tmp_path: Path) -> None:
    answers(install, tmp_path, Metadata={"OS": {"Family": "debian", "Name": "12", "EOSL": True}})
    assert "no longer mends" in {one.what: one.why for one in scan("trivy", tmp_path).unjudged}["debian-12"]


def test_another_schema_is_not_read(install: Install, tmp_path: Path) -> None:
    answers(install, tmp_path, SchemaVersion=3)
    with pytest.raises(ToolError, match="unusable") as caught:
        scan("trivy", tmp_path)
    assert "its schema is 3" in caught.value.cause


def test_an_image_of_which_it_lists_nothing_is_not_judged(install: Install, tmp_path: Path) -> None:
    answers(install, tmp_path, Results=None)
    answer = scan("trivy", tmp_path)
    assert answer.findings == ()
    assert len(answer.unjudged) == 13


def test_its_rating_is_of_whom_it_names(install: Install, tmp_path: Path) -> None:
    document = json.loads(Path(recorded("trivy", "json")).read_text())
    one = document["Results"][0]["Vulnerabilities"][0]
    one |= {"Severity": "CRITICAL", "SeveritySource": "nvd"}
    answers(install, tmp_path, Results=document["Results"])
    rated = [finding.severity for finding in scan("trivy", tmp_path).findings]
    assert rated[0] == Severity(level=Level.CRITICAL, source="nvd", word="CRITICAL")
    assert Severity(level=Level.UNKNOWN, source="debian", word="UNKNOWN") in rated
