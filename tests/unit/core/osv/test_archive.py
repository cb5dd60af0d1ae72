"""A zip of records, within bounds: nothing is read that no honest archive has."""

from __future__ import annotations

import io
import zipfile

import pytest

from golden_images.core.osv import archive
from golden_images.core.osv.archive import members
from tests.fakes.advisories import zip_of


def read(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return dict(members(opened))


def test_its_records() -> None:
    assert read(zip_of({"A.json": b"{}", "CVE-2026-0001.json": b"[]"})) == {
        "A.json": b"{}",
        "CVE-2026-0001.json": b"[]",
    }


@pytest.mark.parametrize("name", ["README", "a/b.json", "../a.json", "/a.json", ".json", "a.json\n", "a/"])
def test_what_is_no_record(name: str) -> None:
    with pytest.raises(ValueError, match="is no record"):
        read(zip_of({name: b"{}"}))


def test_one_name_twice() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("A.json", b"{}")
        with pytest.warns(UserWarning, match="Duplicate name"):
            made.writestr("A.json", b"[]")
    with pytest.raises(ValueError, match=r"A\.json twice"):
        read(buffer.getvalue())


@pytest.mark.parametrize("limit", ["MOST_RECORD", "MOST_BYTES"])
def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(archive, limit, 1_000_000)
    bomb = _deflated(b" " * 1_000_001)
    assert len(bomb) < 2000
    with pytest.raises(ValueError, match="1000"):
        read(bomb)


def test_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_RECORDS", 1)
    with pytest.raises(ValueError, match="it has 2 records"):
        read(zip_of({"A.json": b"{}", "B.json": b"{}"}))


def test_one_that_is_longer_than_it_says_is_not_read_to_its_end() -> None:
    content = bytearray(zip_of({"A.json": b" " * 1000}))
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = (10).to_bytes(4, "little")
    with pytest.raises((ValueError, zipfile.BadZipFile)):
        read(bytes(content))


def _deflated(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("A.json", content)
    return buffer.getvalue()
