"""The package archive: newest versions, few requests, and nothing believed that is not signed."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from golden_images.adapters.debian import fetch as debian_fetch
from golden_images.adapters.debian.archive import DebianArchive
from golden_images.adapters.debian.sources import archives
from golden_images.errors import IntegrityError, ServiceError, ToolError
from tests.services.archive import FIXTURE, KEYRING, ArchiveService

INRELEASE = "/debian/dists/test/InRelease"
PACKAGES = "/debian/dists/test/main/binary-amd64/Packages.xz"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian_fetch, "POLICY", replace(debian_fetch.POLICY, base=0.0))


def archive(folder: Path) -> DebianArchive:
    return DebianArchive(cache=folder / "cache", keyring=KEYRING)


def test_the_newest_version_of_three_suites_wins(archive_service: ArchiveService, tmp_path: Path) -> None:
    found = archive(tmp_path).candidates("test", ["main"], "amd64", archive_service.mirror)
    assert found == {
        "bash": "5.2.15-2+b7",
        "openssl": "3.0.15-1~deb12u1",
        "tzdata": "2026b-0+deb12u1",
    }


def test_the_release_time_is_the_newest_of_three_suites(
    archive_service: ArchiveService, tmp_path: Path
) -> None:
    at = archive(tmp_path).release_time("test", archive_service.mirror)
    assert at == datetime(2026, 1, 5, 20, 0, tzinfo=UTC)


def test_a_damaged_cache_is_fetched_again(archive_service: ArchiveService, tmp_path: Path) -> None:
    first = archive(tmp_path).candidates("test", ["main"], "amd64", archive_service.mirror)
    for path in (tmp_path / "cache").rglob("*"):
        if path.is_file():
            path.write_bytes(b"{")
    assert archive(tmp_path).candidates("test", ["main"], "amd64", archive_service.mirror) == first


def test_what_nobody_asked_for_in_a_month_is_forgotten(
    archive_service: ArchiveService, tmp_path: Path
) -> None:
    folder = tmp_path / "cache" / "packages"
    folder.mkdir(parents=True)
    for name, age_days in (("old.json", 31), ("young.json", 29)):
        (folder / name).write_text("{}")
        at = time.time() - age_days * 86400
        os.utime(folder / name, (at, at))
    archive(tmp_path).candidates("test", ["main"], "amd64", archive_service.mirror)
    assert not (folder / "old.json").exists()
    assert (folder / "young.json").exists()


def test_an_altered_release_file_is_not_believed(archive_service: ArchiveService, tmp_path: Path) -> None:
    signed = (FIXTURE / INRELEASE.lstrip("/")).read_bytes()
    archive_service.replace[INRELEASE] = signed.replace(b"Date: Sat, 03", b"Date: Sat, 10")
    with pytest.raises(IntegrityError, match="is not signed by a key"):
        archive(tmp_path).release_time("test", archive_service.mirror)


def test_fields_outside_the_signature_are_not_read(archive_service: ArchiveService, tmp_path: Path) -> None:
    signed = (FIXTURE / INRELEASE.lstrip("/")).read_bytes()
    archive_service.replace[INRELEASE] = b"Date: Sat, 10 Jan 2099 10:00:00 UTC\n\n" + signed
    try:
        at = archive(tmp_path).release_time("test", archive_service.mirror)
    except IntegrityError:
        return
    assert at.year == 2026


def test_another_suites_release_file_is_not_believed(archive_service: ArchiveService, tmp_path: Path) -> None:
    archive_service.replace[INRELEASE] = (FIXTURE / "debian/dists/test-updates/InRelease").read_bytes()
    with pytest.raises(IntegrityError, match="of another suite"):
        archive(tmp_path).release_time("test", archive_service.mirror)


def test_a_release_file_past_its_date_is_not_believed(
    archive_service: ArchiveService, tmp_path: Path
) -> None:
    with pytest.raises(ServiceError, match="is out of date"):
        archive(tmp_path).release_time("stale", archive_service.mirror)


def test_packages_that_do_not_match_their_checksum_are_not_believed(
    archive_service: ArchiveService, tmp_path: Path
) -> None:
    archive_service.replace[PACKAGES] = b"something else"
    with pytest.raises(IntegrityError, match="not what InRelease lists"):
        archive(tmp_path).candidates("test", ["main"], "amd64", archive_service.mirror)
    archive_service.replace.clear()
    assert archive(tmp_path).candidates("test", ["main"], "amd64", archive_service.mirror)


def test_without_keys_there_is_no_answer(archive_service: ArchiveService, tmp_path: Path) -> None:
    keyless = DebianArchive(cache=tmp_path, keyring=tmp_path / "absent.gpg")
    with pytest.raises(ToolError, match="archive keys") as caught:
        keyless.release_time("test", archive_service.mirror)
    assert "debian-archive-keyring" in caught.value.remedy


def test_a_component_that_is_not_there_is_named(archive_service: ArchiveService, tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="has no contrib/binary-amd64") as caught:
        archive(tmp_path).candidates("test", ["main", "contrib"], "amd64", archive_service.mirror)
    assert not caught.value.retryable


def test_a_suite_that_is_not_there_is_no_reason_to_retry(
    archive_service: ArchiveService, tmp_path: Path
) -> None:
    with pytest.raises(ServiceError, match="dists/absent/InRelease") as caught:
        archive(tmp_path).release_time("absent", archive_service.mirror)
    assert not caught.value.retryable
    assert [status for status, _ in archive_service.answers] == [404]


def test_an_unwell_archive_is_asked_again(archive_service: ArchiveService, tmp_path: Path) -> None:
    archive_service.unwell = 2
    assert archive(tmp_path).release_time("test", archive_service.mirror)


def test_an_archive_that_stays_unwell_is_named(archive_service: ArchiveService, tmp_path: Path) -> None:
    archive_service.unwell = 99
    with pytest.raises(ServiceError, match="dists/test/InRelease") as caught:
        archive(tmp_path).release_time("test", archive_service.mirror)
    assert caught.value.retryable
    assert archive_service.unwell == 96


def test_an_unreachable_archive_is_named(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match=r"http://127\.0\.0\.1:1/debian") as caught:
        archive(tmp_path).release_time("test", "http://127.0.0.1:1/debian")
    assert "ConnectError" in caught.value.cause


@pytest.mark.parametrize(
    ("mirror", "security"),
    [
        ("http://mirror.test/debian/", "http://mirror.test/debian-security"),
        ("http://mirror.test/debian/2026", "http://mirror.test/debian-security/2026"),
        ("http://debian.test/archive", "http://debian.test/archive-security"),
    ],
)
def test_security_is_beside_the_mirror(mirror: str, security: str) -> None:
    found = archives("bookworm", mirror)
    assert [one.release for one in found] == ["bookworm", "bookworm-updates", "bookworm-security"]
    assert found[0].uri == found[1].uri == mirror.rstrip("/")
    assert found[2].uri == security


def test_unstable_has_neither_updates_nor_security() -> None:
    assert [one.release for one in archives("sid", "http://mirror.test/debian")] == ["sid"]
