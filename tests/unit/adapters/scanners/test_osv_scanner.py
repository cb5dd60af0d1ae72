"""osv-scanner: databases that are missing, packages that it looks up by another name, ratings and fixes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from golden_images.adapters.scanners.osv_scanner import ecosystem
from golden_images.core.findings import Level
from golden_images.core.inventory import package
from golden_images.errors import ToolError
from tests.unit.adapters.scanners.programs import SBOM, Install, recorded, scan, script
from tests.unit.adapters.tool import install

__all__ = ["install"]


def answers(install: Install, folder: Path, results: list[Any], **more: str) -> None:
    (folder / "answer").write_text(json.dumps({"results": results}))
    install("osv-scanner", script("osv-scanner", answer=f'sed "s#@SBOM@#$sbom#" {folder}/answer', **more))


def results() -> list[Any]:
    found: list[Any] = json.loads(Path(recorded("osv-scanner", "json")).read_text())["results"]
    return found


@pytest.mark.parametrize(
    "line",
    [
        "could not load db for Debian ecosystem: unable to fetch OSV database: no offline version",
        "Error during extraction: (extracting as vulnmatch/osvlocal) unable to fetch OSV database",
    ],
)
def test_a_database_that_it_could_not_read_is_no_clean_scan(
    install: Install, tmp_path: Path, line: str
) -> None:
    install("osv-scanner", script("osv-scanner", log=f"echo '{line}'"))
    with pytest.raises(ToolError, match="unusable") as caught:
        scan("osv-scanner", tmp_path)
    assert line in caught.value.cause


def test_a_database_that_none_of_our_packages_is_in_is_not_missed(install: Install, tmp_path: Path) -> None:
    line = "could not load db for OSS-Fuzz ecosystem: unable to fetch OSV database"
    install(
        "osv-scanner", script("osv-scanner", log=f"echo '{line}'; cat {recorded('osv-scanner', 'stderr')}")
    )
    assert scan("osv-scanner", tmp_path).findings


def test_a_database_that_it_does_not_say_it_read_is_not_believed(install: Install, tmp_path: Path) -> None:
    install("osv-scanner", script("osv-scanner", log="echo Loaded Debian local db from /x/all.zip"))
    assert "PyPI" in {one.what for one in scan("osv-scanner", tmp_path).unjudged}


def test_an_ecosystem_without_a_database_is_not_judged_and_stops_no_other(
    install: Install, tmp_path: Path
) -> None:
    document = json.loads(SBOM)
    purl = "pkg:npm/left-pad@1.0.0"
    document["components"].append(
        {"type": "library", "name": "left-pad", "version": "1.0.0", "bom-ref": purl, "purl": purl}
    )
    found = results()
    found[0]["packages"].append({"package": {"name": "left-pad", "version": "1.0.0", "ecosystem": "npm"}})
    # Given an empty one, it goes on.
    folder = f"cd {tmp_path}; d=$(dirname $(dirname $sbom))/osv-scalibr; ls $d/*/all.zip >seen"
    lines = "printf 'Loaded %s local db from x\\n' Debian PyPI npm"
    answers(install, tmp_path, found, first=folder, log=lines)
    answer = scan("osv-scanner", tmp_path, json.dumps(document).encode())
    assert {one.what for one in answer.unjudged} == {"npm", "pkg:generic/thing@1"}
    assert answer.findings
    assert len((tmp_path / "seen").read_text().split()) == 3


def test_what_it_looks_up_by_another_name_is_not_judged(install: Install, tmp_path: Path) -> None:
    document = json.loads(SBOM)
    purl = "pkg:maven/org.example/thing@2"
    document["components"].append(
        {"type": "library", "name": "other", "version": "2", "bom-ref": purl, "purl": purl}
    )
    found = results()
    found[0]["packages"].append({"package": {"name": "other", "version": "2", "ecosystem": "Maven"}})
    answers(install, tmp_path, found)
    assert purl in {one.what for one in scan("osv-scanner", tmp_path, json.dumps(document).encode()).unjudged}


def test_with_nothing_listed_nothing_is_judged(install: Install, tmp_path: Path) -> None:
    answers(install, tmp_path, [])
    assert len(scan("osv-scanner", tmp_path).unjudged) == 13


@pytest.mark.parametrize(
    ("vector", "specific", "urgency", "level"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", {}, "", Level.CRITICAL),
        ("", {"severity": "MODERATE"}, "", Level.MEDIUM),
        ("", {}, "unimportant", Level.LOW),
        ("", {}, "not yet assigned", Level.UNKNOWN),
        ("", {}, "", Level.UNKNOWN),
    ],
)
def test_ratings_are_those_of_our_own_matcher(
    install: Install, tmp_path: Path, vector: str, specific: dict[str, str], urgency: str, level: Level
) -> None:
    found = results()
    one = next(one for one in found[0]["packages"] if one["package"]["name"] == "zlib")["vulnerabilities"][0]
    one["severity"] = [{"type": "CVSS_V3", "score": vector}] if vector else []
    one["database_specific"] = specific
    one["affected"][0]["ecosystem_specific"] = {"urgency": urgency}
    answers(install, tmp_path, found)
    (rated,) = [
        finding.severity for finding in scan("osv-scanner", tmp_path).findings if "zlib" in finding.package
    ]
    assert rated is not None
    assert (rated.level, rated.source) == (level, "debian")


def test_of_several_fixes_it_is_the_first_behind_the_version(install: Install, tmp_path: Path) -> None:
    found = results()
    one = next(one for one in found[0]["packages"] if one["package"]["name"] == "requests")
    one["vulnerabilities"] = one["vulnerabilities"][:1]
    one["vulnerabilities"][0]["affected"][0]["ranges"] = [
        {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.26.17"}]},
        {
            "type": "ECOSYSTEM",
            "events": [{"introduced": "2.0"}, {"fixed": "2.30"}, {"introduced": "3"}, {"fixed": "4"}],
        },
    ]
    answers(install, tmp_path, found)
    fixes = {one.fixed_version for one in scan("osv-scanner", tmp_path).findings if "requests" in one.package}
    assert fixes == {"2.30"}


def test_the_fix_is_of_this_release(install: Install, tmp_path: Path) -> None:
    found = results()
    one = next(one for one in found[0]["packages"] if one["package"]["name"] == "zlib")
    affected = one["vulnerabilities"][0]["affected"]
    other = json.loads(json.dumps(affected[0]).replace("Debian:12", "Debian:11"))
    other["ranges"][0]["events"][-1] = {"fixed": "1:1.2.11.dfsg-2+deb11u9"}
    affected.insert(0, other)
    answers(install, tmp_path, found)
    fixes = {one.fixed_version for one in scan("osv-scanner", tmp_path).findings if "zlib" in one.package}
    assert fixes == {"1:1.3.dfsg-2"}


@pytest.mark.parametrize(
    ("purl", "name"),
    [
        ("pkg:deb/debian/openssl@1", "Debian"),
        ("pkg:deb/ubuntu/openssl@1", "Ubuntu"),
        ("pkg:deb/kali/openssl@1", ""),
        ("pkg:pypi/requests@1", "PyPI"),
        ("pkg:npm/%40angular/core@1", "npm"),
        ("pkg:generic/thing@1", ""),
    ],
)
def test_ecosystems(purl: str, name: str) -> None:
    read = package(purl)
    assert read is not None
    assert ecosystem(read) == name
