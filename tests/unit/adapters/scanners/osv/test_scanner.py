"""The scanner over archives as they lie on a worker."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from golden_images.adapters.scanners import osv
from golden_images.adapters.scanners.osv import opened
from golden_images.core.digest import Digest
from golden_images.core.scanning import Database, Scan
from golden_images.errors import ToolError
from golden_images.ports.scanning import Mounted, ScanRequest
from golden_images.wiring import ports
from tests.fakes.advisories import pypi, record, written, zip_of
from tests.unit.core.osv.advisories import sbom

LIBSSL = "pkg:deb/debian/libssl3@3.0.14-1?arch=amd64&distro=debian-12&upstream=openssl"
FLASK = "pkg:pypi/flask@1.0"

Ask = Callable[..., ScanRequest]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """A request about packages, with the database of a folder that holds these archives."""

    def made(*purls: str, content: bytes = b"", **archives: Any) -> ScanRequest:
        for ecosystem, records in archives.items():
            if isinstance(records, bytes):
                (tmp_path / ecosystem).mkdir()
                (tmp_path / ecosystem / "all.zip").write_bytes(records)
            else:
                written(tmp_path / ecosystem / "all.zip", *records)
        content = content or sbom(*purls)
        about = Database(
            name="osv",
            built=datetime(2026, 11, 20, tzinfo=UTC),
            digest=Digest.of(str(tmp_path).encode()),
            records=1,
        )
        return ScanRequest(content, Digest.of(content), Mounted(about, tmp_path))

    return made


def scan(request: ScanRequest) -> Scan:
    return osv.Osv().scan(request, lambda _: None)


def test_an_answer_says_of_what_and_by_what_it_is(ask: Ask) -> None:
    request = ask(LIBSSL, FLASK, Debian=[record()], PyPI=[pypi()])
    answer = scan(request)
    assert request.database is not None
    assert (answer.sbom, answer.database, answer.scanner) == (request.digest, request.database.about, "osv")
    assert {(one.package, one.fixed_version) for one in answer.findings} == {
        (LIBSSL, "3.0.15-1~deb12u1"),
        (FLASK, "2.0"),
    }
    assert answer.unjudged == ()


def test_only_what_an_sbom_asks_for_is_read(ask: Ask) -> None:
    assert scan(ask(LIBSSL, Debian=[record()], npm=b"no zip")).findings


def test_a_database_is_read_once(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ask(LIBSSL, Debian=[record()])
    scan(first)
    monkeypatch.setattr(opened, "members", None)
    assert scan(ask(LIBSSL)).findings == scan(first).findings


def test_a_record_that_cannot_be_read_is_told(ask: Ask) -> None:
    members = {"A.json": b'{"id": 7}', "B.json": json.dumps(record()).encode()}
    answer = scan(ask(LIBSSL, Debian=zip_of(members)))
    assert len(answer.findings) == 1
    (told,) = answer.unjudged
    assert told.what == "Debian"
    assert "A.json" in told.why


@pytest.mark.parametrize(
    "archive",
    [
        b"",
        b"no zip at all",
        zip_of({"A.json": b"{}" * 100})[:-30],
        zip_of({"../A.json": b"{}"}),
        zip_of({"README": b""}),
    ],
)
def test_an_archive_that_cannot_be_read_is_no_answer(ask: Ask, archive: bytes) -> None:
    with pytest.raises(ToolError, match=r"Debian/all\.zip of the osv database cannot be read"):
        scan(ask(LIBSSL, Debian=archive))


@pytest.mark.parametrize("content", [b"{", b"[]", b"[" * 200_000, b'{"components": {}}'])
def test_what_is_no_sbom_is_no_answer(ask: Ask, content: bytes) -> None:
    with pytest.raises(ToolError, match="cannot read the SBOM"):
        scan(ask(content=content, Debian=[record()]))


def test_without_a_database_there_is_no_answer() -> None:
    with pytest.raises(ToolError, match="no database"):
        osv.Osv().scan(ScanRequest(sbom(LIBSSL), Digest.of(sbom(LIBSSL)), None), lambda _: None)


def test_the_version_changes_with_what_decides() -> None:
    assert osv.Osv().version() == osv.Osv().version()
    assert "+" in osv.Osv().version()


def test_it_is_wired_by_its_name() -> None:
    from golden_images.core.organisation import Organisation

    assert ports(Organisation(schema=1)).scanner("osv").name == "osv"
