"""``golden-images advisories`` over fakes: what is imported, listed and said, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from golden_images.cli import main
from tests.fakes import databases
from tests.fakes.advisories import pypi, record, written, zipped
from tests.golden import shop as shops
from tests.golden.shop import Shop
from tests.services.web import Page, WebService, web_service

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return shops.build(tmp_path, scans=False)


@pytest.fixture
def web() -> Iterator[WebService]:
    with web_service() as service:
        yield service


def call(shop: Shop, capsys: Capture, *arguments: str, code: int = 0) -> Any:
    """The JSON of a command, which has to end with ``code``."""
    capsys.readouterr()
    assert main(["advisories", *arguments, "--json"], shop.services()) == code
    return json.loads(capsys.readouterr().out)


def text(shop: Shop, capsys: Capture, *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    assert main(["advisories", *arguments], shop.services()) == code
    return capsys.readouterr().out


def old(**changes: Any) -> dict[str, Any]:
    """Before the shop's today."""
    return record(modified="2026-11-01T00:00:00Z", **changes)


class TestImport:
    def test_what_it_is_is_found_out(self, shop: Shop, capsys: Capture) -> None:
        written(shop.root / "download.zip", old())
        made = call(shop, capsys, "import", "download.zip")
        assert (made["name"], made["records"], made["current"]) == ("osv", 1, True)
        assert text(shop, capsys, "import", "download.zip").endswith("nothing new\n")
        assert [one["source"] for one in call(shop, capsys, "list")] == ["download.zip"]

    @pytest.mark.parametrize(
        ("arguments", "what"),
        [
            (("--name", "grype"), "a database of osv, not of grype"),
            (("--ecosystem", "PyPI"), "no sound database"),
        ],
    )
    def test_another_than_it_has_to_be_is_refused(
        self, shop: Shop, capsys: Capture, arguments: tuple[str, ...], what: str
    ) -> None:
        written(shop.root / "download.zip", old())
        assert what in str(call(shop, capsys, "import", "download.zip", *arguments, code=1))
        assert call(shop, capsys, "list") == []

    def test_an_older_one_is_taken_if_it_is_asked_for(self, shop: Shop, capsys: Capture) -> None:
        written(shop.root / "new.zip", old())
        written(shop.root / "old.zip", record(modified="2026-10-01T00:00:00Z"))
        call(shop, capsys, "import", "new.zip")
        call(shop, capsys, "import", "old.zip", code=1)
        assert call(shop, capsys, "import", "old.zip", "--older")["built"] == "2026-10-01T00:00:00Z"
        found = call(shop, capsys, "list")
        assert [(one["source"], one["current"]) for one in found] == [("old.zip", True), ("new.zip", False)]

    def test_alone_the_others_go(self, shop: Shop, capsys: Capture) -> None:
        written(shop.root / "debian.zip", old())
        written(shop.root / "pypi.zip", pypi(modified="2026-11-01T00:00:00Z"))
        call(shop, capsys, "import", "debian.zip")
        assert call(shop, capsys, "import", "pypi.zip")["records"] == 2
        assert call(shop, capsys, "import", "pypi.zip", "--alone")["records"] == 1


class TestSync:
    def name(self, shop: Shop, *sources: str) -> None:
        path = shop.root / "include" / "golden_images.yaml"
        path.write_text(path.read_text() + "advisories:\n  sources:\n" + "".join(sources))

    def test_each_source_by_itself(self, shop: Shop, capsys: Capture, web: WebService) -> None:
        self.name(
            shop,
            f"    - {{name: osv, ecosystem: Debian, url: '{web.url('/Debian/all.zip')}'}}\n",
            f"    - {{name: kev, url: '{web.url('/kev.json')}'}}\n",
        )
        web.pages["/Debian/all.zip"] = Page(zipped(old()))
        found = call(shop, capsys, "sync", code=1)
        assert [(one["source"], one["new"]) for one in found] == [("osv Debian", True), ("kev", False)]
        assert "HTTP 404" in found[1]["problem"]
        web.pages["/kev.json"] = Page(json.dumps(databases.KEV).encode())
        assert [one["new"] for one in call(shop, capsys, "sync", "kev")] == [True]
        assert text(shop, capsys, "sync").count("nothing new") == 2
        call(shop, capsys, "sync", "trivy", code=2)

    def test_without_sources_there_is_nothing_to_do(self, shop: Shop, capsys: Capture) -> None:
        assert "names no sources" in text(shop, capsys, "sync")
        assert call(shop, capsys, "sync") == []


class TestShow:
    def test_all_that_the_current_ones_say(self, shop: Shop, capsys: Capture) -> None:
        git = {"type": "GIT", "repo": "https://git.test/x", "events": [{"introduced": "0"}]}
        one = old(upstream=["CVE-2026-1"], aliases=["CVE-2021-44228"])
        one["affected"][0]["ranges"].insert(0, git)
        gone = record("DEBIAN-CVE-2021-44228", withdrawn="2026-11-02T00:00:00Z", modified=one["modified"])
        written(shop.root / "debian.zip", one, gone)
        (shop.root / "kev.json").write_text(json.dumps(databases.KEV))
        databases.trivy(shop.root / "trivy", UpdatedAt="2026-11-01T00:00:00Z")
        databases.grype(
            shop.root / "grype", "UPDATE db_metadata SET build_timestamp = '2026-11-01 00:00:00+00:00'"
        )
        (shop.root / "epss.csv").write_text(databases.EPSS.replace("2026-11-24", "2026-11-22"))
        for name in ("debian.zip", "kev.json", "trivy", "grype", "epss.csv"):
            call(shop, capsys, "import", name)
        found = call(shop, capsys, "show", "CVE-2026-1")
        assert [
            (one["database"], one["platform"], one["package"], one["affected"]) for one in found["said"]
        ] == [
            ("osv", "Debian:12", "openssl", "before 3.0.15-1~deb12u1"),
            ("grype", "debian 12", "openssl", "before 3.0.15-1~deb12u1"),
            ("grype", "python", "flask", "wont-fix"),
            ("trivy", "debian 12", "openssl", "before 3.0.15-1~deb12u1"),
            ("trivy", "pip::GitHub Security Advisory Pip", "flask", "before 2.0"),
        ]
        assert (found["exploited"], found["probability"]) == ("2021-12-10", 0.94358)
        assert [one["name"] for one in found["databases"]] == ["epss", "grype", "kev", "osv", "trivy"]
        shown = text(shop, capsys, "show", "CVE-2021-44228")
        assert "DEBIAN-CVE-2021-44228" in shown
        assert "withdrawn" in shown
        assert "since 2021-12-10" in shown

    def test_nobody_knows_it(self, shop: Shop, capsys: Capture) -> None:
        found = call(shop, capsys, "show", "CVE-1999-0001")
        assert (found["said"], found["exploited"], found["probability"]) == ([], None, None)
        shown = text(shop, capsys, "show", "CVE-1999-0001")
        assert "nobody: there is no database" in shown
        assert "not known to be" not in shown
        (shop.root / "kev.json").write_text(json.dumps(databases.KEV))
        call(shop, capsys, "import", "kev.json")
        assert "not known to be" in text(shop, capsys, "show", "CVE-1999-0001")
