"""Which security updates an image lacks, by a signed archive on loopback."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from golden_images.adapters.debian import fetch as debian_fetch
from golden_images.adapters.debian.archive import DebianArchive
from golden_images.adapters.scanners.distro import DistroScanner
from golden_images.core.digest import Digest
from golden_images.core.scanning import Scan
from golden_images.errors import IntegrityError, ServiceError, ToolError
from golden_images.ports import ScanRequest
from tests.services.archive import KEYRING, ArchiveService

LISTS = "/debian-security/dists/bookworm-security/main/binary-amd64/Packages.xz"
OPENSSL = "/debian-security/pool/openssl_3.0.15-1~deb12u2_amd64.deb"
SUPPORT = "/debian/pool/debian-security-support_12+2026.01.01_amd64.deb"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian_fetch, "POLICY", replace(debian_fetch.POLICY, base=0.0))


def scanner(service: ArchiveService, folder: Path) -> DistroScanner:
    archive = DebianArchive(cache=folder / "archive", keyring=KEYRING)
    return DistroScanner(archive=archive, mirror=service.mirror, cache=folder / "changelogs")


def purl(package: str, source: str = "", architecture: str = "amd64") -> str:
    """``openssl@1``"""
    upstream = f"&upstream={source}" if source else ""
    return f"pkg:deb/debian/{package}?arch={architecture}&distro=debian-12{upstream}"


def sbom(*purls: str, system: tuple[str, str] = ("debian", "12")) -> bytes:
    name, version = system
    components = [{"type": "operating-system", "name": name, "version": version}]
    components += [{"type": "library", "name": "it", "purl": one} for one in purls]
    return json.dumps({"components": components}).encode()


def scan(scanner: DistroScanner, content: bytes) -> Scan:
    return scanner.scan(ScanRequest(content, Digest.of(content), None), lambda _: None)


@pytest.fixture
def distro(archive_service: ArchiveService, tmp_path: Path) -> DistroScanner:
    archive_service.night = 1
    return scanner(archive_service, tmp_path)


def test_pending_updates_by_cve(distro: DistroScanner) -> None:
    content = sbom(purl("openssl@3.0.14-1"), purl("openssl@3.0.14-1", architecture="source"))
    said = scan(distro, content)
    assert [(one.id, one.fixed_version, one.fixed_since) for one in said.findings] == [
        ("CVE-2026-10001", "3.0.15-1~deb12u1", date(2025, 12, 1)),
        ("CVE-2026-10002", "3.0.15-1~deb12u1", date(2025, 12, 1)),
        ("CVE-2026-10003", "3.0.15-1~deb12u2", date(2026, 1, 1)),
    ]
    assert {one.package for one in said.findings} == {purl("openssl@3.0.14-1")}
    assert {one.message for one in said.findings} == {"openssl 3.0.14-1 → 3.0.15-1~deb12u2"}
    assert {one.severity for one in said.findings} == {None}
    assert (said.scanner, said.sbom, said.unjudged) == ("distro", Digest.of(content), ())


def test_only_what_is_newer_than_what_is_installed(distro: DistroScanner) -> None:
    """A CVE that the installed version names is mended in it, though a newer one names it again."""
    said = scan(distro, sbom(purl("openssl@3.0.15-1~deb12u1")))
    assert [one.id for one in said.findings] == ["CVE-2026-10003"]
    assert scan(distro, sbom(purl("openssl@3.0.15-1~deb12u2"))).findings == ()
    assert scan(distro, sbom(purl("openssl@3.0.16-1"))).findings == ()


def test_a_package_whose_source_has_another_name_and_version(distro: DistroScanner) -> None:
    """Its changelog is in the other package; what is installed is told by its own version."""
    said = scan(distro, sbom(purl("libssl3@3.0.15-1~deb12u1%2Bb3", "openssl%403.0.15-1~deb12u1")))
    assert [(one.id, one.fixed_version) for one in said.findings] == [
        ("CVE-2026-10003", "3.0.15-1~deb12u2+b1")
    ]


def test_a_security_update_that_names_no_cve(distro: DistroScanner) -> None:
    said = scan(distro, sbom(purl("tiny-secured@0.9-1"), purl("tiny-greeting@0.9-1")))
    (one,) = said.findings
    assert (one.id, one.package, one.fixed_version) == (
        "security-update",
        purl("tiny-secured@0.9-1"),
        "1.0-1",
    )


def test_packages_without_support(distro: DistroScanner) -> None:
    """One whose support is to end has it still."""
    said = scan(
        distro, sbom(purl("tiny-greeting@1.0-1"), purl("tiny-parting@2.0-1"), purl("tiny-held@1.0-1"))
    )
    assert said.findings == ()
    assert [(one.id, one.package) for one in said.notices] == [
        ("support-limited", purl("tiny-greeting@1.0-1")),
        ("support-ended", purl("tiny-parting@2.0-1")),
    ]
    assert "on 2025-12-31: https://example.org/ended" in said.notices[1].message


def test_the_database_is_the_state_of_the_archive(
    distro: DistroScanner, archive_service: ArchiveService, tmp_path: Path
) -> None:
    first = scan(distro, sbom(purl("openssl@3.0.16-1"))).database
    assert first is not None
    assert (first.name, first.version, first.records) == ("debian-archive", "bookworm", 8)
    assert first.built == datetime(2026, 1, 1, 20, 0, tzinfo=UTC)
    assert scan(scanner(archive_service, tmp_path), sbom()).database == first
    archive_service.night = 3
    shutil.rmtree(tmp_path / "archive")
    other = scan(scanner(archive_service, tmp_path), sbom()).database
    assert other is not None
    assert other.digest != first.digest
    assert other.built == datetime(2026, 1, 3, 10, 0, tzinfo=UTC)


def test_another_distribution_is_not_judged(distro: DistroScanner, archive_service: ArchiveService) -> None:
    for system in (("alpine", "3.20.1"), ("debian", "7"), ("debian", "")):
        said = scan(distro, sbom("pkg:apk/alpine/openssl@1", system=system))
        assert (said.findings, said.database) == ((), None)
        assert [one.what for one in said.unjudged] == ["-".join(part for part in system if part)]
    assert archive_service.answers == []


def test_a_package_that_the_archive_does_not_have(distro: DistroScanner) -> None:
    said = scan(distro, sbom(purl("docker-ce@1"), purl("openssl@3.0.16-1"), "pkg:pypi/urllib3@1"))
    assert [one.what for one in said.unjudged] == [purl("docker-ce@1")]


def test_an_archive_without_lists_of_support(distro: DistroScanner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("golden_images.adapters.debian.support.PACKAGE", "absent")
    said = scan(distro, sbom(purl("tiny-greeting@1.0-1")))
    assert said.notices == ()
    assert [one.what for one in said.unjudged] == ["security support in bookworm"]


def test_everything_is_read_once_for_all(
    distro: DistroScanner, archive_service: ArchiveService, tmp_path: Path
) -> None:
    scan(distro, sbom(purl("openssl@3.0.14-1")))
    paths = [path for _, path in archive_service.answers]
    assert len(paths) == len(set(paths)) == 3 + 3 + 2
    assert scan(distro, sbom(purl("openssl@3.0.13-1"), purl("tiny-parting@2.0-1"))).findings
    # Another process of this worker asks for nothing but the list of support.
    assert scan(scanner(archive_service, tmp_path), sbom(purl("openssl@3.0.13-1"))).findings
    assert [path for _, path in archive_service.answers] == [*paths, SUPPORT]


@pytest.mark.parametrize("path", [LISTS, OPENSSL, SUPPORT])
def test_what_the_archive_did_not_sign_for_is_not_believed(
    distro: DistroScanner, archive_service: ArchiveService, path: str
) -> None:
    archive_service.replace[path] = b"!<arch>\nsomething else"
    with pytest.raises(IntegrityError, match="is not what"):
        scan(distro, sbom(purl("openssl@3.0.14-1")))


def test_an_archive_that_does_not_answer(distro: DistroScanner, archive_service: ArchiveService) -> None:
    archive_service.unwell = 100
    with pytest.raises(ServiceError):
        scan(distro, sbom(purl("openssl@3.0.14-1")))


def test_what_is_no_sbom_of_one_image(distro: DistroScanner) -> None:
    with pytest.raises(ToolError, match="cannot be read"):
        scan(distro, b"{}")
    mixed = sbom(purl("openssl@1"), purl("openssl@1", architecture="arm64"))
    with pytest.raises(ToolError, match="mixes architectures"):
        scan(distro, mixed)
