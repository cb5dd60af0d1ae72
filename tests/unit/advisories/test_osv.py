"""OSV archives are read strictly, or refused: a scanner leaves out what it cannot read, and tells nobody."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from golden_images.advisories.formats import osv
from golden_images.core.osv import archive
from golden_images.errors import InputError
from tests.fakes.advisories import pypi, record, written, zip_of, zipped

SPAN = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}
PACKAGE = {"ecosystem": "Debian:12", "name": "openssl"}
DEEP = b'{"id": "A", "modified": "2026-11-20T10:00:00Z", "details": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
BROKEN: dict[str, Any] = {
    "no object": [],
    "no id": record(id=""),
    "an id that is a number": record(id=7),
    "no time": record(modified=None),
    "a time without a zone": record(modified="2026-11-20T10:00:00"),
    "a day that is none": record(modified="2026-02-31T10:00:00Z"),
    "a withdrawal at no time": record(withdrawn="yes"),
    "aliases that are a text": record(aliases="CVE-2026-1"),
    "an alias that is a number": record(aliases=[1]),
    "affected that is an object": record(affected={}),
    "a package without a name": record(affected=[{"package": {"ecosystem": "Debian:12"}}]),
    "an ecosystem that is a list": record(affected=[{"package": {"ecosystem": ["Debian"], "name": "x"}}]),
    "a range of no kind": record(affected=[{"package": PACKAGE, "ranges": [{**SPAN, "type": "ANY"}]}]),
    "a range without events": record(affected=[{"package": PACKAGE, "ranges": [{"type": "SEMVER"}]}]),
    "an event of two kinds": record(
        affected=[{"package": PACKAGE, "ranges": [{**SPAN, "events": [{"introduced": "0", "fixed": "1"}]}]}]
    ),
    "a version that is a number": record(
        affected=[{"package": PACKAGE, "ranges": [{**SPAN, "events": [{"fixed": 1}]}]}]
    ),
    "versions that are numbers": record(affected=[{"package": PACKAGE, "versions": [1]}]),
}


def test_an_archive_says_of_what_it_is_how_new_and_how_much(tmp_path: Path) -> None:
    newest = record("DEBIAN-CVE-2026-2", modified="2026-11-22T23:59:59.123456789+02:00")
    gone = record("DEBIAN-CVE-2026-3", withdrawn="2026-11-01T00:00:00Z", affected=None)
    path = written(tmp_path / "whatever.zip", record(), newest, gone)
    (part,) = osv.archive(path).parts
    assert (part.path, part.file, part.records) == ("Debian/all.zip", path, 2)
    assert part.built == datetime(2026, 11, 22, 21, 59, 59, 123456, tzinfo=UTC)


@pytest.mark.parametrize("value", BROKEN.values(), ids=BROKEN)
def test_one_record_that_cannot_be_read_refuses_them_all(tmp_path: Path, value: object) -> None:
    path = tmp_path / "all.zip"
    path.write_bytes(zip_of({"A.json": json.dumps(record()).encode(), "B.json": json.dumps(value).encode()}))
    with pytest.raises(InputError, match="no sound database") as caught:
        osv.archive(path, "Debian")
    assert "B.json: " in caught.value.cause


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"{", DEEP, b'{"id": "A", "id": "B"}', b'{"id": NaN}'],
    ids=["empty", "no text", "cut off", "deep", "a key twice", "no number"],
)
def test_what_is_no_json_is_no_record(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "all.zip"
    path.write_bytes(zip_of({"A.json": content}))
    with pytest.raises(InputError, match="no sound database"):
        osv.archive(path)


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"../A.json": b"{}"},
        {"/A.json": b"{}"},
        {"Debian/A.json": b"{}"},
        {"A.txt": b"{}"},
        {"A.json": json.dumps(record()).encode(), "B.json": json.dumps(record()).encode()},
    ],
    ids=["nothing", "outside", "absolute", "a folder", "no record", "one id twice"],
)
def test_what_is_no_archive_of_records_is_refused(tmp_path: Path, members: dict[str, bytes]) -> None:
    path = tmp_path / "all.zip"
    path.write_bytes(zip_of(members))
    with pytest.raises(InputError, match="no sound database"):
        osv.archive(path)


@pytest.mark.parametrize("keep", [0, 1, 0.3, 0.9])
def test_an_archive_that_is_cut_off_is_refused(tmp_path: Path, keep: float) -> None:
    whole = zipped(record(), record("DEBIAN-CVE-2026-2"))
    path = tmp_path / "all.zip"
    path.write_bytes(whole[: int(keep if keep in (0, 1) else keep * len(whole))])
    with pytest.raises(InputError, match="no sound database"):
        osv.archive(path)


def test_every_flipped_byte_of_the_content_is_noticed(tmp_path: Path) -> None:
    whole = zipped(record())
    path, start = tmp_path / "all.zip", 30 + len("DEBIAN-CVE-2026-1.json")
    for place in range(start, start + 60, 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(InputError, match="no sound database"):
            osv.archive(path)


def test_a_record_of_any_size_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_RECORD", 1000)
    path = written(tmp_path / "all.zip", record(details="x" * 2000))
    with pytest.raises(InputError) as caught:
        osv.archive(path)
    assert "at most 1000 are taken" in caught.value.cause


@pytest.mark.parametrize(("limit", "value"), [("MOST_RECORDS", 1), ("MOST_BYTES", 500)])
def test_so_much_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    monkeypatch.setattr(archive, limit, value)
    path = written(tmp_path / "all.zip", record(), record("DEBIAN-CVE-2026-2"))
    with pytest.raises(InputError, match="no sound database"):
        osv.archive(path)


def test_all_withdrawn_is_empty(tmp_path: Path) -> None:
    path = written(tmp_path / "all.zip", record(withdrawn="2026-11-01T00:00:00Z"))
    with pytest.raises(InputError, match="this osv database is empty"):
        osv.archive(path, "Debian")


class TestEcosystems:
    def test_one_that_is_named_is_that_of_every_record(self, tmp_path: Path) -> None:
        path = written(tmp_path / "all.zip", pypi(), record())
        with pytest.raises(InputError) as caught:
            osv.archive(path, "PyPI")
        assert "is of no package of PyPI" in caught.value.cause

    def test_none_is_guessed(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="is not of one ecosystem"):
            osv.archive(written(tmp_path / "all.zip", pypi(), record()))

    def test_what_all_records_share_is_it(self, tmp_path: Path) -> None:
        both = pypi("PYSEC-2026-2")
        both["affected"].append({"package": {"ecosystem": "npm", "name": "flask"}})
        (part,) = osv.archive(written(tmp_path / "all.zip", pypi(), both)).parts
        assert part.path == "PyPI/all.zip"

    def test_one_that_would_leave_its_folder_is_none(self, tmp_path: Path) -> None:
        odd = record(affected=[{"package": {"ecosystem": "../x", "name": "openssl"}}])
        with pytest.raises(InputError, match="is not of one ecosystem"):
            osv.archive(written(tmp_path / "all.zip", odd))


class TestFolders:
    def test_records_become_one_archive_with_the_same_bytes_each_time(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            folder = tmp_path / name
            folder.mkdir()
            for one in (record(), record("DEBIAN-CVE-2026-2")):
                (folder / f"{one['id']}.json").write_text(json.dumps(one))
        first, second = (osv.folder(tmp_path / name, tmp_path).parts[0] for name in ("a", "b"))
        assert first.path == second.path == "Debian/all.zip"
        assert first.file.read_bytes() == second.file.read_bytes()

    def test_a_folder_an_ecosystem(self, tmp_path: Path) -> None:
        (tmp_path / "db" / "PyPI").mkdir(parents=True)
        (tmp_path / "db" / "PyPI" / "PYSEC-2026-1.json").write_text(json.dumps(pypi()))
        written(tmp_path / "db" / "Debian" / "all.zip", record())
        found = osv.folder(tmp_path / "db", tmp_path)
        assert [(part.path, part.records) for part in found.parts] == [
            ("Debian/all.zip", 1),
            ("PyPI/all.zip", 1),
        ]

    def test_a_folder_of_another_ecosystem_than_it_says_is_refused(self, tmp_path: Path) -> None:
        written(tmp_path / "db" / "npm" / "all.zip", record())
        with pytest.raises(InputError, match="no sound database"):
            osv.folder(tmp_path / "db", tmp_path)

    def test_an_empty_folder_is_no_database(self, tmp_path: Path) -> None:
        (tmp_path / "db").mkdir()
        with pytest.raises(InputError, match="no sound database"):
            osv.folder(tmp_path / "db", tmp_path)

    def test_a_link_to_a_device_is_no_record(self, tmp_path: Path) -> None:
        (tmp_path / "from").mkdir()
        (tmp_path / "from" / "A.json").symlink_to("/dev/null")
        with pytest.raises(InputError) as caught:
            osv.folder(tmp_path / "from", tmp_path)
        assert caught.value.cause == "it is no file"
