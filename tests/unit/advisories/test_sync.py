"""Sync: what the sources hold that is new, once; one that is broken costs itself."""

from __future__ import annotations

import gzip
import json
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from golden_images.adapters.download import WebDownloads
from golden_images.adapters.retry import Clock
from golden_images.advisories import sync as syncing
from golden_images.advisories.store import Store
from golden_images.advisories.sync import Sync
from golden_images.core import media
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.organisation import AdvisorySource
from golden_images.errors import GoldenImagesError
from tests.fakes import databases
from tests.fakes.advisories import pypi, record, store, zipped
from tests.fakes.registry import FakeRegistry
from tests.services.web import Page, WebService, web_service

NEW = "2026-11-23T00:00:00Z"


@pytest.fixture
def web() -> Iterator[WebService]:
    with web_service() as service:
        yield service


@pytest.fixture
def ours() -> Store:
    return store()


@pytest.fixture
def other() -> FakeRegistry:
    return FakeRegistry("mirror.test")


@pytest.fixture
def sync(ours: Store, other: FakeRegistry) -> Sync:
    return Sync(ours, lambda: WebDownloads(Clock(sleep=lambda _: None)), {"mirror.test": other}.__getitem__)


def osv(web: WebService, ecosystem: str = "Debian") -> AdvisorySource:
    return AdvisorySource.model_validate(
        {"name": "osv", "ecosystem": ecosystem, "url": web.url(f"/{ecosystem}/all.zip")}
    )


def referred(name: str, reference: str) -> AdvisorySource:
    return AdvisorySource.model_validate({"name": name, "reference": reference})


def pushed(registry: FakeRegistry, *files: tuple[str, bytes], tag: str = "2") -> Digest:
    """As oras pushes files."""
    layers = []
    for title, content in files:
        blob = registry.push_blob("trivy-db", content)
        notes = {"org.opencontainers.image.title": title} if title else {}
        layers.append(
            {"mediaType": media.OCTETS, "digest": blob.digest, "size": blob.size, "annotations": notes}
        )
    config = registry.push_blob("trivy-db", b"{}")
    manifest = {
        "schemaVersion": 2,
        "mediaType": media.MANIFEST,
        "config": {"mediaType": media.EMPTY, "digest": config.digest, "size": 2},
        "layers": layers,
    }
    return registry.put_manifest("trivy-db", canonical_json(manifest), media.MANIFEST, tag=tag).digest


class TestAddresses:
    def test_what_is_new_is_imported_once(self, web: WebService, ours: Store, sync: Sync) -> None:
        web.pages["/Debian/all.zip"] = Page(zipped(record()), etag='"1"')
        first, second = sync.one(osv(web)), sync.one(osv(web))
        assert (first.new, second.new) == (True, False)
        assert first.database == second.database == ours.current("osv")
        assert first.database.source == web.url("/Debian/all.zip")
        assert [status for _, status, _ in web.answers] == [200, 304]

    def test_what_changes_becomes_current(self, web: WebService, ours: Store, sync: Sync) -> None:
        web.pages["/Debian/all.zip"] = Page(zipped(record()), etag='"1"')
        sync.one(osv(web))
        web.pages["/Debian/all.zip"] = Page(zipped(record(modified=NEW)), etag='"2"')
        made = sync.one(osv(web))
        assert made.new
        assert ours.current("osv") == made.database

    def test_one_without_a_validator_is_fetched_each_time_and_is_nothing_new(
        self, web: WebService, sync: Sync
    ) -> None:
        web.pages["/Debian/all.zip"] = Page(zipped(record()))
        assert [sync.one(osv(web)).new for _ in range(3)] == [True, False, False]

    def test_one_that_somebody_took_out_is_fetched_again(
        self, web: WebService, ours: Store, sync: Sync
    ) -> None:
        """Unchanged at the source, and yet not in what is current."""
        web.pages["/Debian/all.zip"] = Page(zipped(record()), etag='"1"')
        web.pages["/PyPI/all.zip"] = Page(zipped(pypi()), etag='"1"')
        sync.one(osv(web))
        taken = sync.one(osv(web, "PyPI")).database
        assert [layer.path for layer in ours.artifact(taken).layers] == ["Debian/all.zip", "PyPI/all.zip"]
        ours.registry.delete_manifest(ours.repository, taken.digest)
        with pytest.raises(GoldenImagesError):
            sync.one(osv(web))
        assert web.answers[-1] == ("/Debian/all.zip", 200, "")

    @pytest.mark.parametrize(
        "page",
        [
            Page(b"", 404),
            Page(b"<html>wrong</html>"),
            Page(b""),
            Page(zipped(record())[:-30]),
            Page(zipped(record()), length=100_000),
            Page(zipped(pypi())),
            Page(zipped(record(modified="2027-01-01T00:00:00Z"))),
            Page(zipped()),
            Page(gzip.compress(databases.EPSS.encode())),
            Page(b"", 302, location="http://127.0.0.2:1/"),
        ],
        ids=[
            *("gone", "a page", "empty", "cut off", "truncated", "another ecosystem", "of the future"),
            *("no records", "another database", "another host"),
        ],
    )
    def test_one_that_is_broken_costs_itself(
        self, web: WebService, ours: Store, sync: Sync, page: Page
    ) -> None:
        web.pages["/Debian/all.zip"] = Page(zipped(record()), etag='"1"')
        before = sync.one(osv(web)).database
        web.pages["/Debian/all.zip"] = page
        web.pages["/PyPI/all.zip"] = Page(zipped(pypi()))
        broken, sound = sync.all([osv(web), osv(web, "PyPI")])
        assert (broken.source, broken.new, broken.database) == ("osv Debian", False, before)
        assert broken.problem
        assert (sound.source, sound.new, sound.problem) == ("osv PyPI", True, "")
        current = ours.current("osv")
        assert current is not None
        assert {layer.path: layer.records for layer in ours.artifact(current).layers} == {
            "Debian/all.zip": 1,
            "PyPI/all.zip": 1,
        }

    def test_an_old_state_is_told_and_not_taken(self, web: WebService, ours: Store, sync: Sync) -> None:
        web.pages["/Debian/all.zip"] = Page(zipped(record(modified=NEW)), etag='"2"')
        current = sync.one(osv(web)).database
        web.pages["/Debian/all.zip"] = Page(zipped(record()), etag='"1"')
        (result,) = sync.all([osv(web)])
        assert "is older than the current one's" in result.problem
        assert ours.current("osv") == current

    def test_a_huge_one_is_refused(
        self, web: WebService, sync: Sync, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(syncing, "MOST_BYTES", 100)
        web.pages["/Debian/all.zip"] = Page(zipped(record()), length=-1)
        (result,) = sync.all([osv(web)])
        assert "it has over 100 bytes" in result.problem

    def test_lists_come_the_same_way(self, web: WebService, ours: Store, sync: Sync) -> None:
        web.pages["/kev.json"] = Page(json.dumps(databases.KEV).encode())
        web.pages["/epss.csv.gz"] = Page(gzip.compress(databases.EPSS.encode()))
        for name, path in (("kev", "/kev.json"), ("epss", "/epss.csv.gz")):
            source = AdvisorySource.model_validate({"name": name, "url": web.url(path)})
            assert sync.one(source).new
        assert [one.name for one in ours.catalog.databases()] == ["epss", "kev"]


class TestReferences:
    def test_an_archive_as_trivy_has_it(self, tmp_path: Path, other: FakeRegistry, sync: Sync) -> None:
        folder = databases.trivy(tmp_path / "trivy")
        with tarfile.open(tmp_path / "db.tar.gz", "w:gz") as archive:
            for name in ("trivy.db", "metadata.json"):
                archive.add(folder / name, name)
        pushed(other, ("db.tar.gz", (tmp_path / "db.tar.gz").read_bytes()))
        source = referred("trivy", "mirror.test/trivy-db:2")
        first, second = sync.one(source), sync.one(source)
        assert (first.new, second.new) == (True, False)
        assert first.database.records == databases.TRIVY_RECORDS
        assert first.database.source == "mirror.test/trivy-db:2"

    def test_files_beside_each_other(self, tmp_path: Path, other: FakeRegistry, sync: Sync) -> None:
        folder = databases.grype(tmp_path / "grype")
        digest = pushed(
            other, *((name, (folder / name).read_bytes()) for name in ("vulnerability.db", "import.json"))
        )
        assert sync.one(referred("grype", f"mirror.test/trivy-db@{digest}")).new

    def test_one_of_ours_in_another_registry_is_the_same_database(
        self, web: WebService, ours: Store, other: FakeRegistry, sync: Sync
    ) -> None:
        web.pages["/Debian/all.zip"] = Page(zipped(record()))
        web.pages["/PyPI/all.zip"] = Page(zipped(pypi()))
        sync.one(osv(web))
        made = sync.one(osv(web, "PyPI")).database
        registry = ours.registry
        for layer in ours.artifact(made).layers:
            other.push_blob("advisories", registry.blob(ours.repository, layer.digest))
        other.push_blob("advisories", b"{}")
        content = registry.manifest(ours.repository, made.digest).content
        other.put_manifest("advisories", content, media.MANIFEST)
        fresh = store()
        taken = replace(sync, store=fresh).one(referred("osv", f"mirror.test/advisories@{made.digest}"))
        assert taken.database.digest == made.digest

    @pytest.mark.parametrize("title", ["../../outside", "/etc/passwd", "a\nb"])
    def test_no_file_leaves_its_folder(self, other: FakeRegistry, sync: Sync, title: str) -> None:
        pushed(other, (title, b"content"), ("other", b"content"))
        (result,) = sync.all([referred("trivy", "mirror.test/trivy-db:2")])
        assert "no sound database" in result.problem

    @pytest.mark.parametrize("titles", [("a", "a/b"), ("a/b", "a"), ("a", "./a"), ("x" * 300, "a")])
    def test_names_that_no_folder_can_hold_cost_that_source_alone(
        self, web: WebService, other: FakeRegistry, sync: Sync, titles: tuple[str, str]
    ) -> None:
        pushed(other, (titles[0], b"content"), (titles[1], b"content"))
        web.pages["/Debian/all.zip"] = Page(zipped(record()))
        bad, good = sync.all([referred("trivy", "mirror.test/trivy-db:2"), osv(web)])
        assert bad.problem
        assert good.new

    @pytest.mark.parametrize(
        "push",
        [
            lambda _: None,
            pushed,
            lambda registry: pushed(registry, *((f"{number}", b"x") for number in range(65))),
            lambda registry: pushed(registry, ("trivy.db", b"x"), ("trivy.db", b"x")),
            lambda registry: pushed(registry, ("", b"<html>")),
        ],
        ids=["nothing there", "no files", "too many files", "one file twice", "no database"],
    )
    def test_what_is_no_database_is_told(
        self, other: FakeRegistry, sync: Sync, push: Callable[[FakeRegistry], Any]
    ) -> None:
        push(other)
        (result,) = sync.all([referred("trivy", "mirror.test/trivy-db:2")])
        assert result.problem
        assert result.database is None
