"""One suite for the tools in memory and for the real ones."""

from __future__ import annotations

import io
import json
import tarfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import pytest

from golden_images import ports
from golden_images.adapters.debian.archive import DebianArchive
from golden_images.adapters.engine import DockerEngine
from golden_images.adapters.tools.hadolint import Hadolint
from golden_images.adapters.tools.syft import Syft
from golden_images.adapters.tools.testinfra import Testinfra
from golden_images.errors import InputError
from golden_images.ports import (
    BuildRequest,
    ContainerSpec,
    Linter,
    PackageArchive,
    SbomGenerator,
    SbomRequest,
)
from tests.fakes.tools import FakeLinter, FakePackageArchive, FakeSbomGenerator, FakeTestRunner
from tests.services.archive import KEYRING, ArchiveService
from tests.services.engine import ENDPOINT

SUITE = """
def test_shell(host):
    assert host.file("/bin/sh").exists

def test_absent(host):
    assert host.file("/absent").exists, "there is no /absent"
"""


@pytest.fixture(params=["fake", "real"])
def linter(request: pytest.FixtureRequest) -> Linter:
    return FakeLinter([("DL3007", "warning", 1)]) if request.param == "fake" else Hadolint()


def rules(sarif: bytes) -> list[tuple[str, str, int]]:
    found = []
    for result in json.loads(sarif)["runs"][0]["results"]:
        region = result["locations"][0]["physicalLocation"]["region"]
        found.append((result["ruleId"], result["level"], region["startLine"]))
    return found


def test_a_linter_reports_rule_level_and_line(linter: Linter, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian:latest\nUSER 1000\n")
    report = linter.lint(tmp_path / "Dockerfile")
    assert ("DL3007", "warning", 1) in rules(report.sarif)
    assert report.tool.startswith("hadolint ")
    assert str(tmp_path).encode() not in report.sarif


def test_a_linter_leaves_ignored_rules_out(linter: Linter, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian:latest\nUSER 1000\n")
    assert rules(linter.lint(tmp_path / "Dockerfile", ignore=["DL3007"]).sarif) == []


@pytest.fixture(params=["fake", pytest.param("real", marks=[pytest.mark.docker, pytest.mark.registry])])
def scanned(request: pytest.FixtureRequest) -> Iterator[tuple[SbomGenerator, str]]:
    """A generator and the reference of an image that holds Debian's package base-files 12.4+deb12u5."""
    if request.param == "fake":
        yield FakeSbomGenerator(), f"registry.test:5000/golden/base@sha256:{'1' * 64}"
        return
    engine: DockerEngine = request.getfixturevalue("docker_engine")
    host = request.getfixturevalue("registry_service").host
    tag = f"{host}/contract/sbom-{uuid.uuid4().hex}:candidate"
    context = io.BytesIO()
    files = {
        "Dockerfile": "FROM scratch\nCOPY status /var/lib/dpkg/status\nCOPY os-release /etc/os-release\n",
        "status": "Package: base-files\nStatus: install ok installed\nArchitecture: amd64\n"
        "Version: 12.4+deb12u5\nMaintainer: Tests\nDescription: a test\n\n",
        "os-release": 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    }
    with tarfile.open(fileobj=context, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(text.encode()), 0o644
            archive.addfile(member, io.BytesIO(text.encode()))
    context.seek(0)
    with ExitStack() as stack:
        stack.callback(engine.remove_image, tag)
        engine.build(BuildRequest(context, "Dockerfile", tag, {}, {}), print)
        digest = engine.push(tag, print)
        yield Syft(), f"{tag.rpartition(':')[0]}@{digest}"


def test_an_sbom_is_about_the_digest_and_the_same_every_time(scanned: tuple[SbomGenerator, str]) -> None:
    generator, reference = scanned
    request = SbomRequest(reference, datetime(2026, 11, 23, 2, 0, tzinfo=UTC), "platform")
    first, second = (generator.generate(request, print) for _ in range(2))
    assert (first.cyclonedx, first.spdx) == (second.cyclonedx, second.spdx)
    assert first.tool.startswith("syft ")
    digest = reference.partition("@")[2]
    cyclonedx = json.loads(first.cyclonedx)
    image = cyclonedx["metadata"]["component"]
    assert image["version"] == digest
    name = reference.partition("@")[0]
    title = name.rpartition("/")[2]
    assert image["purl"] == f"pkg:oci/{title}@{digest.replace(':', '%3A')}?repository_url={name}"
    assert image["supplier"] == {"name": "platform"}
    assert cyclonedx["metadata"]["timestamp"] == "2026-11-23T02:00:00Z"
    purls = [component.get("purl", "") for component in cyclonedx["components"]]
    assert any(purl.startswith("pkg:deb/debian/base-files@12.4") for purl in purls)
    spdx = json.loads(first.spdx)
    assert spdx["creationInfo"]["created"] == "2026-11-23T02:00:00Z"
    assert digest.encode() in first.spdx
    assert ("base-files", "12.4+deb12u5") in {(p["name"], p.get("versionInfo")) for p in spdx["packages"]}


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.docker)])
def tested(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[ports.TestRunner, str, Path]]:
    """A runner, a container, and a suite of one test that passes and one that fails."""
    suite = tmp_path / "tests"
    suite.mkdir()
    (suite / "test_image.py").write_text(SUITE)
    if request.param == "fake":
        runner = FakeTestRunner(["test_shell", "test_absent"], {"test_absent": "there is no /absent"})
        yield runner, "container", suite
        return
    engine: DockerEngine = request.getfixturevalue("docker_engine")
    image = request.getfixturevalue("shell_image")
    name = f"golden-images-contract-{uuid.uuid4().hex}"
    with engine.container(ContainerSpec(image, name, {"contract": name})) as identity:
        yield Testinfra(), identity, suite


def test_failing_tests_are_a_report(tested: tuple[ports.TestRunner, str, Path]) -> None:
    runner, container, suite = tested
    lines: list[str] = []
    origin = PurePosixPath("include/contexts/web/tests")
    report = runner.run(suite, container, ENDPOINT, lines.append, 120, origin=origin)
    cases = {
        str(case.get("name")): case.find("failure")
        for case in ElementTree.fromstring(report.junit).iter("testcase")
    }
    assert set(cases) == {"test_shell", "test_absent"}
    assert cases["test_shell"] is None
    failure = cases["test_absent"]
    assert failure is not None
    assert "there is no /absent" in str(failure.get("message"))
    assert "include/contexts/web/tests/test_image.py:6: " in str(failure.text)
    assert report.tool.startswith("pytest-testinfra ")
    assert any("test_absent" in line and "FAILED" in line for line in lines)
    assert [path.name for path in suite.iterdir()] == ["test_image.py"]


@pytest.fixture(params=["fake", "real"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[PackageArchive, str]:
    if request.param == "fake":
        newest = {"bash": "5.2.15-2+b7", "openssl": "3.0.15-1~deb12u1", "tzdata": "2026b-0+deb12u1"}
        return FakePackageArchive(newest, datetime(2026, 1, 5, 20, tzinfo=UTC)), "http://mirror.test/debian"
    service: ArchiveService = request.getfixturevalue("archive_service")
    return DebianArchive(cache=tmp_path / "cache", keyring=KEYRING), service.mirror


def test_an_archive_knows_the_newest_versions(archive: tuple[PackageArchive, str]) -> None:
    packages, mirror = archive
    found = packages.candidates("test", ["main"], "amd64", mirror)
    assert found["openssl"] == "3.0.15-1~deb12u1"
    assert packages.release_time("test", mirror) == datetime(2026, 1, 5, 20, tzinfo=UTC)
    assert packages.newer(found["openssl"], "3.0.14-1")
    assert not packages.newer("3.0.15-1~deb12u1", found["openssl"])


def test_a_linter_needs_a_dockerfile(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no Dockerfile"):
        Hadolint().lint(tmp_path / "Dockerfile")
