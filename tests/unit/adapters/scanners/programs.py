"""Programs on the worker that answer as the real ones did, or as they should not.

``tests/fixtures/scanners``: what the versions in the files' names wrote of ``sbom.cdx.json``, with databases
of one set of advisories, cut to two vulnerabilities a package; and of their asked version.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from golden_images.adapters.scanners.grype import Grype
from golden_images.adapters.scanners.osv_scanner import OsvScanner
from golden_images.adapters.scanners.program import Program
from golden_images.adapters.scanners.trivy import Trivy
from golden_images.core.digest import Digest
from golden_images.core.scanning import Database, Scan
from golden_images.ports import Mounted, ScanRequest
from tests.unit.adapters.tool import Install

FIXTURES = Path(__file__).parents[3] / "fixtures" / "scanners"
SBOM = (FIXTURES / "sbom.cdx.json").read_bytes()
PROGRAMS: dict[str, type[Program]] = {one.name: one for one in (Grype, OsvScanner, Trivy)}
FILES = {
    "grype": ("6/vulnerability.db", "6/import.json"),
    "osv-scanner": ("Debian/all.zip", "PyPI/all.zip"),
    "trivy": ("db/trivy.db", "db/metadata.json"),
}
#: ``(name, version)`` of all that was recorded.
RECORDED = sorted(tuple(path.stem.rpartition("-")[::2]) for path in FIXTURES.glob("*-[0-9]*.json"))


def newest(name: str) -> str:
    return max((version for tool, version in RECORDED if tool == name), key=lambda one: one.split("."))


def recorded(name: str, kind: str, version: str = "") -> str:
    """The file of what ``version`` said; the newest by default."""
    return f"{FIXTURES}/{name}-{version or newest(name)}.{kind}"


def script(
    name: str, version: str = "", *, first: str = "", answer: str = "", log: str = "", end: str = "exit 0"
) -> str:
    """A program that says what ``version`` of ``name`` said. ``answer``: a command whose output it is; it
    finds its SBOM in ``$sbom``. ``log``: a command for stderr. ``first`` comes before all."""
    return f"""
    case "$*" in version*|--version*) cat {recorded(name, "version", version)}; exit;; esac
    for argument; do case $argument in *.cdx.json) sbom=${{argument#sbom:}};; esac; done
    {first}
    {{ {log or f"cat {recorded(name, 'stderr', version)}"}
    }} >&2
    {answer or f'sed "s#@SBOM@#$sbom#" {recorded(name, "json", version)}'}
    {end}"""


def database(name: str, folder: Path) -> Mounted:
    for path in FILES[name]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("a database")
    about = Database(
        name=PROGRAMS[name].database,
        built=datetime(2026, 11, 1, tzinfo=UTC),
        digest=f"sha256:{'d' * 64}",
        records=411,
    )
    return Mounted(about, folder)


def scan(name: str, folder: Path, sbom: bytes = SBOM, seconds: int = 60) -> Scan:
    request = ScanRequest(sbom, Digest.of(sbom), database(name, folder / "database"), seconds)
    return PROGRAMS[name]().scan(request, print)


@pytest.fixture(params=sorted(PROGRAMS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


__all__ = ["PROGRAMS", "RECORDED", "SBOM", "Install", "database", "name", "recorded", "scan", "script"]
