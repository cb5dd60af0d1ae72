"""Advisories that somebody made to blind, stop or mislead a scan."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from golden_images.adapters.scanners.osv import Osv
from golden_images.core.digest import Digest
from golden_images.core.osv import archive
from golden_images.core.osv.record import MOST_EVENTS
from golden_images.core.scanning import Database, Scan
from golden_images.errors import ToolError
from golden_images.ports.scanning import Mounted, ScanRequest
from tests.fakes.advisories import record

LIBSSL = "pkg:deb/debian/libssl3@3.0.14-1?arch=amd64&distro=debian-12&upstream=openssl"
HONEST = record()

Run = Callable[..., Scan]


@pytest.fixture
def scan(tmp_path: Path) -> Run:
    """What is said of libssl3 by an honest record and these members of the archive."""

    def run(**members: bytes) -> Scan:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("honest.json", json.dumps(HONEST))
            for name, content in members.items():
                made.writestr(f"{name}.json", content)
        (tmp_path / "Debian").mkdir()
        (tmp_path / "Debian" / "all.zip").write_bytes(buffer.getvalue())
        sbom = json.dumps({"components": [{"type": "library", "name": "libssl3", "purl": LIBSSL}]}).encode()
        digest = Digest.of(buffer.getvalue())
        about = Database(name="osv", built=datetime(2026, 11, 1, tzinfo=UTC), digest=digest, records=1)
        request = ScanRequest(sbom, Digest.of(sbom), Mounted(about, tmp_path))
        return Osv().scan(request, lambda _: None)

    return run


def affected(**changes: Any) -> bytes:
    return json.dumps(record("EVIL-1", affected=[{**HONEST["affected"][0], **changes}])).encode()


SPAN = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9"}]}
HOSTILE = {
    "ranges_by_the_million": affected(ranges=[SPAN] * (MOST_EVENTS // 3 + 1)),
    "versions_by_the_million": affected(versions=["1"] * 1_000_000),
    "deep": b'{"id": "EVIL-1", "modified": "x", "x": ' + b"[" * 500_000 + b"]" * 500_000 + b"}",
    "wrong_type": affected(ranges="all of them"),
    "no_json": b"\x00" * 1000,
    "nan": affected(versions=[float("nan")]),
    "number_of_a_million_digits": affected(versions=["1" * 1_000_000]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_record_is_told_and_hides_no_other(scan: Run, name: str) -> None:
    answer = scan(**{name: HOSTILE[name]})
    assert [one.id for one in answer.findings] == ["DEBIAN-CVE-2026-1"]
    (told,) = answer.unjudged
    assert (told.what, f"{name}.json" in told.why) == ("Debian", True)
    assert len(told.why) < 1000


def test_a_second_record_of_the_same_name_that_says_nothing_hides_no_finding(scan: Run) -> None:
    empty = json.dumps({**HONEST, "affected": []}).encode()
    gone = json.dumps({**HONEST, "withdrawn": "2026-11-02T00:00:00Z"}).encode()
    answer = scan(again=empty, withdrawn=gone)
    assert len(answer.findings) == 1
    assert "it is there twice" in answer.unjudged[0].why


def test_a_fix_that_cannot_be_read_ends_nothing(scan: Run) -> None:
    """What dpkg orders somewhere is ordered as dpkg does, and nothing raises."""
    evil = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "\u202e9:9:9_\u0661"}]}
    answer = scan(evil=affected(ranges=[evil]))
    assert {one.id for one in answer.findings} == {"DEBIAN-CVE-2026-1", "EVIL-1"}


def test_what_steers_a_terminal_is_shown(scan: Run) -> None:
    evil = json.dumps(
        record("EVIL-1", summary="\x1b]0;owned\x07\u202e fixed\nCVE-1 none: all is well")
    ).encode()
    answer = scan(evil=evil)
    (message,) = [one.message for one in answer.findings if one.id == "EVIL-1"]
    assert not set(message) & set("\x1b\x07\u202e\n")


def test_a_bomb_is_no_answer(scan: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_RECORD", 1 << 20)
    with pytest.raises(ToolError, match="cannot be read"):
        scan(bomb=b" " * (1 << 21))
