"""grype: what it says of the image's distribution, and how it rates."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from golden_images.core.findings import Level
from tests.unit.adapters.scanners.programs import SBOM, Install, recorded, scan, script
from tests.unit.adapters.tool import install

__all__ = ["install"]


def test_what_it_took_for_another_distribution_is_not_judged(install: Install, tmp_path: Path) -> None:
    document = json.loads(Path(recorded("grype", "json")).read_text())
    document["distro"] = {"name": "", "version": "", "idLike": None}
    (tmp_path / "answer").write_text(json.dumps(document))
    install("grype", script("grype", answer=f"cat {tmp_path}/answer"))
    (said,) = scan("grype", tmp_path).unjudged
    assert (said.what, said.why) == ("debian-12", "grype took the image for one of no distribution")


@pytest.mark.parametrize(
    "line",
    [
        "[0000]  WARN Unable to determine the OS distribution of some packages. This may result in missing",
        "[0000]  WARN unable to create distro from linux distribution error=unable to determine distro type",
    ],
)
def test_what_it_only_logs_is_told(install: Install, tmp_path: Path, line: str) -> None:
    install("grype", script("grype", log=f"echo '{line}'"))
    (said,) = scan("grype", tmp_path).unjudged
    assert said.what == "debian-12"
    assert line in said.why


def test_who_rated_it_is_the_namespace_s_first_word(install: Install, tmp_path: Path) -> None:
    install("grype", script("grype"))
    rated = {
        (finding.severity.source, finding.severity.word, finding.severity.level)
        for finding in scan("grype", tmp_path).findings
        if finding.severity
    }
    assert rated == {("github", "High", Level.HIGH), ("debian", "Unknown", Level.UNKNOWN)}


def test_an_image_without_a_distribution_is_none_of_another(install: Install, tmp_path: Path) -> None:
    document = json.loads(SBOM)
    document["components"] = [
        one for one in document["components"] if one.get("purl", "").startswith(("pkg:pypi/", "pkg:generic/"))
    ]
    answer = json.loads(Path(recorded("grype", "json")).read_text())
    answer["matches"] = [one for one in answer["matches"] if one["artifact"]["type"] == "python"]
    answer["distro"] = None
    (tmp_path / "answer").write_text(json.dumps(answer))
    install("grype", script("grype", answer=f"cat {tmp_path}/answer"))
    assert scan("grype", tmp_path, json.dumps(document).encode()).unjudged == ()


def test_since_when_there_is_a_fix_is_the_earliest_that_it_tells(install: Install, tmp_path: Path) -> None:
    answer = json.loads(Path(recorded("grype", "json")).read_text())
    answer["matches"] = answer["matches"][:1]
    dates = ["2026-07-07", "2026-05-01"]
    answer["matches"][0]["vulnerability"]["fix"]["available"] = [
        {"version": "1", "date": one} for one in dates
    ]
    (tmp_path / "answer").write_text(json.dumps(answer))
    install("grype", script("grype", answer=f"cat {tmp_path}/answer"))
    (finding,) = scan("grype", tmp_path).findings
    assert finding.fixed_since == date(2026, 5, 1)


def test_a_package_url_that_it_wrote_anew_is_the_sbom_s(install: Install, tmp_path: Path) -> None:
    """It escapes the epoch's colon where there is a plus behind it."""
    written = "pkg:deb/debian/bsdutils@1%3A2.38.1-5%2Bdeb12u3?distro=debian-12&arch=amd64"
    purl = "pkg:deb/debian/bsdutils@1:2.38.1-5%2Bdeb12u3?arch=amd64&distro=debian-12"
    document = json.loads(SBOM)
    document["components"].append(
        {
            "type": "library",
            "name": "bsdutils",
            "version": "1:2.38.1-5+deb12u3",
            "bom-ref": purl,
            "purl": purl,
        }
    )
    answer = json.loads(Path(recorded("grype", "json")).read_text())
    answer["matches"] = answer["matches"][:1]
    answer["matches"][0]["artifact"]["purl"] = written
    (tmp_path / "answer").write_text(json.dumps(answer))
    install("grype", script("grype", answer=f"cat {tmp_path}/answer"))
    (finding,) = scan("grype", tmp_path, json.dumps(document).encode()).findings
    assert finding.package == purl
