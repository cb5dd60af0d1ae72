"""Databases in their makers' forms: known for what they are, read strictly, or refused."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from golden_images.advisories.content import Content
from golden_images.advisories.formats import epss, found, grype, kev, listing, trivy
from golden_images.errors import InputError
from tests.fakes import databases
from tests.fakes.advisories import record, written

Read = Callable[..., Content]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reading(path: Path, name: str = "", ecosystem: str = "") -> Content:
        work = tmp_path / f"work{len(list(tmp_path.iterdir()))}"
        work.mkdir()
        return found.read(path, work, name, ecosystem)

    return reading


def wrote(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def tarred(path: Path, *files: Path, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for file in files:
            archive.add(file, file.name)
    return path


class TestFound:
    def test_each_is_known_for_what_it_is(self, tmp_path: Path, read: Read) -> None:
        cases = {
            "osv": [written(tmp_path / "x.zip", record())],
            "grype": [databases.grype(tmp_path / "grype"), databases.grype(tmp_path / "cache" / "6").parent],
            "trivy": [databases.trivy(tmp_path / "trivy"), databases.trivy(tmp_path / "c" / "db").parent],
            "kev": [
                wrote(tmp_path / "kev.json", json.dumps(databases.KEV)),
                wrote(tmp_path / "kev.csv", databases.KEV_CSV),
            ],
            "epss": [
                wrote(tmp_path / "epss.csv", databases.EPSS),
                wrote(tmp_path / "epss.csv.gz", gzip.compress(databases.EPSS.encode())),
            ],
        }
        for name, paths in cases.items():
            assert {read(path).name for path in paths} == {name}
            assert {read(path, name).name for path in paths} == {name}

    @pytest.mark.parametrize("content", [b"", b"{}", b"<html>", b"\x00" * 600, b"\x1f\x8bxx", b"a,b\n"])
    def test_what_is_none_is_refused(self, tmp_path: Path, read: Read, content: bytes) -> None:
        with pytest.raises(InputError):
            read(wrote(tmp_path / "what", content))

    def test_another_than_it_has_to_be_is_refused(self, tmp_path: Path, read: Read) -> None:
        with pytest.raises(InputError, match="a database of osv, not of grype"):
            read(written(tmp_path / "x.zip", record()), "grype")
        with pytest.raises(InputError, match="has no ecosystems"):
            read(wrote(tmp_path / "epss.csv", databases.EPSS), "", "Debian")

    def test_a_tar_is_the_database_in_it(self, tmp_path: Path, read: Read) -> None:
        """As trivy's own repository has it."""
        folder = databases.trivy(tmp_path / "trivy")
        path = tarred(tmp_path / "db.tar.gz", folder / "trivy.db", folder / "metadata.json")
        assert read(path).parts[0].records == databases.TRIVY_RECORDS
        folder = databases.grype(tmp_path / "grype")
        path = tarred(tmp_path / "db.tar", folder / "vulnerability.db", folder / "import.json", mode="w")
        assert read(path).parts[0].records == 2

    def test_a_tar_leads_nowhere_else(self, tmp_path: Path, read: Read) -> None:
        folder = databases.trivy(tmp_path / "trivy")
        path = tmp_path / "db.tar"
        with tarfile.open(path, "w") as archive:
            archive.add(folder / "metadata.json", "metadata.json")
            link = tarfile.TarInfo("trivy.db")
            link.type, link.linkname = tarfile.SYMTYPE, str(folder / "trivy.db")
            archive.addfile(link)
            outside = tarfile.TarInfo("../../outside")
            outside.size = 3
            archive.addfile(outside, io.BytesIO(b"xyz"))
        with pytest.raises(InputError):
            read(path)
        assert not list(tmp_path.rglob("outside"))

    @pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
    def test_a_header_of_a_tar_is_not_read_whatever_it_says(
        self, tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch, kind: bytes
    ) -> None:
        """tarfile reads a name or a header at once: packed, some megabytes are gigabytes."""
        size = 3 * found.MOST_AT_ONCE
        header = tarfile.TarInfo("x")
        header.type, header.size = kind, size
        path = tmp_path / "db.tar.gz"
        with gzip.open(path, "wb", 1) as packed:
            packed.write(header.tobuf(tarfile.USTAR_FORMAT))
            packed.write(b"\0" * size)
        with pytest.raises(InputError) as caught:
            read(path)
        assert "at once" in caught.value.cause

    @pytest.mark.parametrize(("kind", "many"), [(tarfile.XHDTYPE, 2000), (tarfile.REGTYPE, 200)])
    def test_a_tar_of_any_number_of_headers_is_refused(
        self, tmp_path: Path, read: Read, kind: bytes, many: int
    ) -> None:
        header = tarfile.TarInfo("x")
        header.type = kind
        path = tmp_path / "db.tar.gz"
        with gzip.open(path, "wb", 1) as packed:
            packed.write(header.tobuf(tarfile.USTAR_FORMAT) * many + bytes(1024))
        with pytest.raises(InputError) as caught:
            read(path)
        assert "headers" in caught.value.cause or "over 64 files" in caught.value.cause

    def test_what_nobody_asked_for_counts_too(
        self, tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(found, "MOST_BYTES", 100_000)
        beside = tmp_path / "beside"
        beside.write_bytes(b"\0" * 200_000)
        folder = databases.trivy(tmp_path / "trivy")
        with pytest.raises(InputError) as caught:
            read(tarred(tmp_path / "db.tar.gz", beside, folder / "trivy.db", folder / "metadata.json"))
        assert "over 100000 bytes" in caught.value.cause

    def test_a_tar_of_any_size_is_refused(
        self, tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(found, "MOST_BYTES", 1000)
        folder = databases.trivy(tmp_path / "trivy")
        with pytest.raises(InputError) as caught:
            read(tarred(tmp_path / "db.tar.gz", folder / "trivy.db", folder / "metadata.json"))
        assert "over 1000 bytes" in caught.value.cause


class TestGrype:
    def test_it_says_how_new_and_how_much(self, tmp_path: Path, read: Read) -> None:
        made = read(databases.grype(tmp_path / "grype"))
        assert (made.version, [part.path for part in made.parts]) == (
            "6.1.10",
            ["6/vulnerability.db", "6/import.json"],
        )
        assert made.parts[0].built == datetime(2026, 11, 24, 8, 36, 34, tzinfo=UTC)
        assert made.parts[0].records == 2

    def test_where_it_came_from_is_no_part_of_it(self, tmp_path: Path, read: Read) -> None:
        one, two = (read(databases.grype(tmp_path / name)).parts[1].file for name in ("a", "b"))
        assert one.read_bytes() == two.read_bytes()
        assert str(tmp_path).encode() not in one.read_bytes()

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM vulnerability_handles",
            "DELETE FROM affected_package_handles",
            "UPDATE db_metadata SET model = 5",
            "DELETE FROM db_metadata",
            "UPDATE db_metadata SET build_timestamp = 'yesterday'",
            "DROP TABLE vulnerability_handles",
            "UPDATE db_metadata SET revision = char(27) || 'x'",
            "DROP TABLE db_metadata; CREATE VIEW db_metadata AS SELECT '2026-11-24T08:36:34Z' build_timestamp"
            ", 6 model, hex(zeroblob(40000000)) revision, 0 addition",
        ],
    )
    def test_one_that_is_empty_or_of_another_kind_is_refused(
        self, tmp_path: Path, read: Read, statement: str
    ) -> None:
        with pytest.raises(InputError):
            read(databases.grype(tmp_path / "grype", *statement.split("; ")))

    def test_one_of_another_digest_is_refused(self, tmp_path: Path, read: Read) -> None:
        with pytest.raises(InputError) as caught:
            read(databases.grype(tmp_path / "grype", digest="xxh64:0000000000000000"))
        assert "import.json says xxh64:0000000000000000" in caught.value.cause

    def test_a_question_that_has_no_end_is_given_up(
        self, tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(grype, "_SECONDS", 0.05)
        endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"
        folder = databases.grype(
            tmp_path / "grype",
            "DROP TABLE affected_package_handles",
            f"CREATE VIEW affected_package_handles AS {endless}",
        )
        with pytest.raises(InputError) as caught:
            read(folder)
        assert "interrupted" in caught.value.cause

    def test_what_it_says_of_one(self, tmp_path: Path) -> None:
        databases.grype(tmp_path / "6")
        assert [*grype.about(tmp_path, "CVE-2026-1")] == [
            ("debian 12", "openssl", "before 3.0.15-1~deb12u1"),
            ("python", "flask", "wont-fix"),
        ]
        assert [*grype.about(tmp_path, "CVE-2026-2")] == []


class TestTrivy:
    def test_it_says_how_new_and_how_much(self, tmp_path: Path, read: Read) -> None:
        made = read(databases.trivy(tmp_path / "trivy"))
        assert (made.version, [part.path for part in made.parts]) == (
            "2",
            ["db/trivy.db", "db/metadata.json"],
        )
        assert made.parts[0].built == datetime(2026, 11, 23, 6, 12, 0, 123456, tzinfo=UTC)
        assert made.parts[0].records == databases.TRIVY_RECORDS

    def test_when_it_was_fetched_is_no_part_of_it(self, tmp_path: Path, read: Read) -> None:
        first = read(databases.trivy(tmp_path / "a")).parts[1].file
        second = read(databases.trivy(tmp_path / "b", DownloadedAt="2026-11-24T00:00:00Z")).parts[1].file
        assert first.read_bytes() == second.read_bytes()

    @pytest.mark.parametrize(
        "change", [{"Version": 1}, {"Version": "2"}, {"UpdatedAt": ""}, {"UpdatedAt": "0"}], ids=repr
    )
    def test_one_of_another_kind_is_refused(
        self, tmp_path: Path, read: Read, change: dict[str, object]
    ) -> None:
        with pytest.raises(InputError, match="no sound database"):
            read(databases.trivy(tmp_path / "trivy", **change))

    @pytest.mark.parametrize("file", ["trivy.db", "metadata.json"])
    def test_one_without_a_file_is_refused(self, tmp_path: Path, read: Read, file: str) -> None:
        databases.trivy(tmp_path / "trivy")
        (tmp_path / "trivy" / file).unlink()
        with pytest.raises(InputError):
            read(tmp_path / "trivy")

    def test_what_it_says_of_one(self, tmp_path: Path) -> None:
        databases.trivy(tmp_path / "db")
        names = frozenset({"CVE-2026-1"})
        assert [*trivy.about(tmp_path, names)] == [
            ("debian 12", "openssl", "before 3.0.15-1~deb12u1"),
            ("pip::GitHub Security Advisory Pip", "flask", "before 2.0"),
        ]
        assert [*trivy.about(tmp_path, frozenset({"CVE-2026-2"}))] == [("debian 12", "openssl", "not fixed")]


class TestKev:
    @pytest.mark.parametrize("form", ["json", "csv"])
    def test_since_when(self, tmp_path: Path, read: Read, form: str) -> None:
        text = json.dumps(databases.KEV) if form == "json" else databases.KEV_CSV
        made = read(wrote(tmp_path / f"kev.{form}", text))
        (part,) = made.parts
        days = kev.exploited(part.file.parent)
        assert days["CVE-2014-0160"] == date(2022, 5, 4)
        assert dict(days) == {"CVE-2014-0160": date(2022, 5, 4), "CVE-2021-44228": date(2021, 12, 10)}
        assert "CVE-2014-016" not in days
        assert (part.path, part.records, len(days)) == ("kev.csv", 2, 2)
        if form == "json":
            assert (made.version, part.built.date()) == ("2026.11.20", date(2026, 11, 20))
        else:
            assert part.built == datetime(2022, 5, 4, tzinfo=UTC), "as new as its newest entry"

    @pytest.mark.parametrize(
        "change",
        [
            {"count": 3},
            {"count": 0, "vulnerabilities": []},
            {"vulnerabilities": {}},
            {"dateReleased": None},
            {"dateReleased": "2022-01-01T00:00:00Z"},
            {"vulnerabilities": [{"cveID": "CVE-2021-44228"}], "count": 1},
            {"vulnerabilities": [{"cveID": "log4shell", "dateAdded": "2021-12-10"}], "count": 1},
            {"vulnerabilities": [KEV := {"cveID": "CVE-2021-44228", "dateAdded": "2021-12-10"}, KEV]},
            {"vulnerabilities": [{"cveID": "CVE-2021-44228", "dateAdded": "10.12.2021"}], "count": 1},
        ],
        ids=repr,
    )
    def test_one_that_is_broken_is_refused(self, tmp_path: Path, read: Read, change: dict[str, Any]) -> None:
        with pytest.raises(InputError):
            read(wrote(tmp_path / "kev.json", json.dumps(databases.KEV | change)))

    def test_without_one_nothing_is_known(self) -> None:
        assert dict(kev.exploited(None)) == {}


class TestEpss:
    def test_how_probable(self, tmp_path: Path, read: Read) -> None:
        made = read(wrote(tmp_path / "epss.csv", databases.EPSS))
        (part,) = made.parts
        scores = epss.probability(part.file.parent)
        assert dict(scores) == {
            "CVE-2014-0160": 0.9446,
            "CVE-2021-44228": 0.94358,
            "CVE-2026-1000": 4.3e-05,
            "CVE-2026-10000": 1.0,
        }
        assert (scores["CVE-2026-1000"], scores.get("CVE-2026-2000"), len(scores)) == (4.3e-05, None, 4)
        assert (made.version, part.path, part.records) == ("v2025.03.14", "epss.csv", 4)
        assert part.built == datetime(2026, 11, 24, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("#model_version:v2025.03.14,score_date:2026-11-24T00:00:00+0000\n", "#model_version:v1\n"),
            ("score_date:2026-11-24T00:00:00+0000", "score_date:2026-11-24"),
            ("cve,epss,percentile", "cve;epss;percentile"),
            ("0.94358", "1.1"),
            ("0.94358", "nan"),
            ("0.94358", ""),
            ("CVE-2026-1000,", "CVE-2026-10000,"),
            ("CVE-2026-1000,", "X,"),
        ],
    )
    def test_one_that_is_broken_is_refused(self, tmp_path: Path, read: Read, old: str, new: str) -> None:
        with pytest.raises(InputError):
            read(wrote(tmp_path / "epss.csv", databases.EPSS.replace(old, new, 1)), "epss")

    def test_a_small_file_that_unpacks_to_any_size_is_refused(
        self, tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(epss, "MOST_BYTES", 10_000)
        content = gzip.compress(databases.EPSS.encode() + b"\n" * 1_000_000)
        with pytest.raises(InputError) as caught:
            read(wrote(tmp_path / "epss.csv.gz", content))
        assert "over 10000 bytes" in caught.value.cause

    def test_one_that_is_cut_off_is_refused(self, tmp_path: Path, read: Read) -> None:
        content = gzip.compress(databases.EPSS.encode() * 1)
        with pytest.raises(InputError):
            read(wrote(tmp_path / "epss.csv.gz", content[:-12]))


@pytest.mark.parametrize("count", [1, 2, 3, 1000])
def test_every_line_of_a_listing_is_found_and_no_other(tmp_path: Path, count: int) -> None:
    values = {f"CVE-2026-{number * 7}": f"{number}" for number in range(count)}
    held = listing.Listing(listing.write(tmp_path / "list", values))
    assert {id_: held[id_] for id_ in values} == values
    absent = ("", "A", "CVE-2026-", "CVE-2026-00", "CVE-2026-6", "CVE-2026-9999999", "Z", "CVE-2026-0,0")
    assert [one for one in absent if one in held] == []
