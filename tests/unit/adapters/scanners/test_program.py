"""Scanners that are programs: what they found, and every way in which they can fail."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from golden_images.core.digest import Digest
from golden_images.core.inventory import package
from golden_images.core.scanning import Scan
from golden_images.errors import IntegrityError, ToolError
from golden_images.ports import ScanRequest
from tests.unit.adapters.scanners.programs import (
    PROGRAMS,
    RECORDED,
    SBOM,
    Install,
    database,
    name,
    recorded,
    scan,
    script,
)
from tests.unit.adapters.test_process import eventually, gone
from tests.unit.adapters.tool import install

__all__ = ["install", "name"]


def found(answer: Scan) -> set[tuple[str, str]]:
    """CVE and source package."""
    pairs = set()
    for finding in answer.findings:
        names = [one.removeprefix("DEBIAN-") for one in (finding.id, *finding.aliases)]
        read = package(finding.package)
        assert read is not None
        pairs.add((next(one for one in names if one.startswith("CVE-")), read.source))
    return pairs


@pytest.mark.parametrize(("tool", "version"), RECORDED)
def test_what_a_version_wrote_is_read(install: Install, tmp_path: Path, tool: str, version: str) -> None:
    install(tool, script(tool, version))
    answer = scan(tool, tmp_path)
    assert (answer.scanner, answer.version) == (tool, version)
    assert answer.database is not None
    assert answer.database.name == PROGRAMS[tool].database
    purls = {one.get("purl") for one in json.loads(SBOM)["components"]}
    assert {finding.package for finding in answer.findings} <= purls
    assert {source for _, source in found(answer)} - {"zlib"} == {"expat", "openssl", "requests"}
    # grype leaves this one out by a rule of its own.
    assert (("CVE-2023-45853", "zlib") in found(answer)) == (tool != "grype")
    assert all(finding.severity for finding in answer.findings)
    assert any(finding.fixed_version for finding in answer.findings)
    assert {one.what for one in answer.unjudged} == (set() if tool == "grype" else {"pkg:generic/thing@1"})


def test_it_is_run_on_the_sbom_alone_and_with_the_given_database(
    install: Install, tmp_path: Path, name: str
) -> None:
    seen = tmp_path / "seen"
    seen.mkdir()
    look = f'echo "$@" >{seen}/argv; env >{seen}/env; cp "$sbom" {seen}/sbom; ls >{seen}/ls'
    install(name, script(name, first=look))
    scan(name, tmp_path)
    assert (seen / "sbom").read_bytes() == SBOM
    # Nothing lies beside it that could be configuration, and no home of the user's does.
    assert len((seen / "ls").read_text().split()) == 1
    environment = dict(line.split("=", 1) for line in (seen / "env").read_text().splitlines() if "=" in line)
    assert Path(environment["HOME"]).name == "home"
    argv = (seen / "argv").read_text()
    assert {"grype": "sbom:", "osv-scanner": "--offline", "trivy": "--skip-db-update"}[name] in argv
    if name == "grype":
        assert environment["GRYPE_DB_AUTO_UPDATE"] == "false"
    assert not Path(environment["HOME"]).exists()
    assert (tmp_path / "database").is_dir()


@pytest.mark.parametrize("code", [0, 1, 127])
def test_the_exit_code_decides_nothing(install: Install, tmp_path: Path, name: str, code: int) -> None:
    install(name, script(name, end=f"exit {code}"))
    assert scan(name, tmp_path).findings


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("true", "did not scan"),
        ("echo", "did not scan"),
        ("echo no JSON", "unusable"),
        ("echo '[]'", "unusable"),
        ("echo '{}'", "unusable"),
        ("""echo '{"matches": null, "results": null, "Results": 7}'""", "unusable"),
        ("""head -c 300000 /dev/zero | tr '\\0' '['""", "unusable"),
        ("""sed "s#@SBOM@#$sbom#" {recorded} | head -c 3000""", "unusable"),
    ],
    ids=["nothing", "empty", "no-json", "a-list", "an-object", "wrong-types", "deep", "cut"],
)
def test_an_answer_that_is_none_is_no_clean_scan(
    install: Install, tmp_path: Path, name: str, answer: str, said: str
) -> None:
    install(name, script(name, answer=answer.replace("{recorded}", recorded(name, "json")), log="echo no"))
    with pytest.raises(ToolError, match=said):
        scan(name, tmp_path)


def test_a_crash_shows_its_last_words(install: Install, tmp_path: Path, name: str) -> None:
    install(name, script(name, answer="true", log="echo FATAL no database", end="exit 1"))
    with pytest.raises(ToolError, match="did not scan") as caught:
        scan(name, tmp_path)
    assert "FATAL no database" in caught.value.cause


def test_a_program_that_was_killed_said_nothing(install: Install, tmp_path: Path, name: str) -> None:
    install(name, script(name, end="kill -9 $$"))
    with pytest.raises(ToolError, match="did not scan") as caught:
        scan(name, tmp_path)
    assert "SIGKILL" in caught.value.cause


def test_a_hang_ends_with_its_children(install: Install, tmp_path: Path, name: str) -> None:
    install(name, script(name, log=f"sleep 1000 & echo $! >{tmp_path}/pid; wait;"))
    with pytest.raises(ToolError, match="did not finish within"):
        scan(name, tmp_path, seconds=1)
    pid = int((tmp_path / "pid").read_text())
    eventually(lambda: gone(pid))


def test_gigabytes_are_refused(
    install: Install, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("golden_images.adapters.scanners.program.LIMIT_BYTES", 1_000_000)
    install(name, script(name, answer="exec cat /dev/zero"))
    with pytest.raises(ToolError, match="wrote more than 1000000 bytes"):
        scan(name, tmp_path)


def test_an_answer_about_another_sbom_is_refused(install: Install, tmp_path: Path, name: str) -> None:
    """The program judged what it kept from another image."""
    install(name, script(name))
    document = json.loads(SBOM)
    document["components"] = [one for one in document["components"] if "openssl" not in one["bom-ref"]]
    with pytest.raises(ToolError, match="unusable") as caught:
        scan(name, tmp_path, json.dumps(document).encode())
    assert "which is not in the SBOM" in caught.value.cause


@pytest.mark.parametrize("tool", ["osv-scanner", "trivy"])
def test_an_answer_about_another_file_is_refused(install: Install, tmp_path: Path, tool: str) -> None:
    install(tool, script(tool).replace("s#@SBOM@#$sbom#", "s#@SBOM@#/tmp/other.cdx.json#"))
    with pytest.raises(ToolError, match="unusable") as caught:
        scan(tool, tmp_path)
    assert "it is about /tmp/other.cdx.json" in caught.value.cause


def test_an_sbom_of_another_digest_is_not_scanned(install: Install, tmp_path: Path, name: str) -> None:
    install(name, script(name))
    mounted = database(name, tmp_path / "database")
    with pytest.raises(IntegrityError):
        PROGRAMS[name]().scan(ScanRequest(SBOM, Digest.of(b"other"), mounted), print)


def test_a_database_without_its_files_is_refused(install: Install, tmp_path: Path) -> None:
    for tool in ("grype", "trivy"):
        install(tool, script(tool))
        mounted = database(tool, tmp_path / tool)
        next(path for path in mounted.folder.rglob("*") if path.is_file()).unlink()
        with pytest.raises(ToolError, match="the database has no "):
            PROGRAMS[tool]().scan(ScanRequest(SBOM, Digest.of(SBOM), mounted), print)


@pytest.mark.parametrize("sbom", [b"", b"[]", b"{}", b'{"components": [7]}', b"[" * 100_000])
def test_what_is_no_sbom_is_not_scanned(install: Install, tmp_path: Path, name: str, sbom: bytes) -> None:
    install(name, script(name))
    with pytest.raises(ToolError, match="was given no SBOM"):
        scan(name, tmp_path, sbom)


def test_without_a_database_nothing_is_scanned(install: Install, name: str) -> None:
    install(name, script(name))
    with pytest.raises(ToolError, match="was given no database"):
        PROGRAMS[name]().scan(ScanRequest(SBOM, Digest.of(SBOM), None), print)


def test_a_package_without_a_package_url_is_not_judged(install: Install, tmp_path: Path, name: str) -> None:
    install(name, script(name))
    document = json.loads(SBOM)
    document["components"].append({"type": "library", "name": "stray", "version": "1", "bom-ref": "stray"})
    assert "stray" in {one.what for one in scan(name, tmp_path, json.dumps(document).encode()).unjudged}


@pytest.mark.parametrize(
    "said", ["true", "echo dev", """echo '{"version": "[not provided]", "Version": "dev"}'"""]
)
def test_a_program_that_does_not_say_its_version_is_not_used(
    install: Install, tmp_path: Path, name: str, said: str
) -> None:
    install(name, f'case "$*" in version*|--version*) {said}; exit;; esac; exit 1')
    with pytest.raises(ToolError, match="does not say its version"):
        scan(name, tmp_path)


def test_a_version_is_asked_once_of_each_program(install: Install, name: str, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    install(name, f"echo >>{asked}" + script(name))
    scanner = PROGRAMS[name]()
    assert scanner.version() == scanner.version()
    assert len(asked.read_text()) == 1
    # Another one in its place is another version.
    other = min(version for tool, version in RECORDED if tool == name)
    install(name, f"echo >>{asked}; # replaced" + script(name, other))
    assert scanner.version() == other


def test_a_program_that_is_not_there_is_named(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(ToolError, match=f"{name} is not installed on this worker"):
        scan(name, tmp_path)
