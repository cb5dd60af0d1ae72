"""Whoever may push to the registry would have scans find nothing: with a database of his own, an old one, or
one that he empties."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from golden_images.advisories.importing import import_
from golden_images.advisories.mount import mounted
from golden_images.advisories.store import Store
from golden_images.catalogue.rebuild import rebuild
from golden_images.core import media
from golden_images.core.advisories import AdvisoryDatabase
from golden_images.core.digest import canonical_json
from golden_images.errors import IntegrityError, RegistryError
from tests.fakes.advisories import record, store, written
from tests.fakes.catalog import FakeCatalog
from tests.fakes.registry import FakeRegistry

FULL = (record(), record("DEBIAN-CVE-2026-2"))


@pytest.fixture
def ours() -> Store:
    return store()


@pytest.fixture
def current(ours: Store, tmp_path: Path) -> AdvisoryDatabase:
    return import_(ours, written(tmp_path / "all.zip", *FULL)).database


def planted(ours: Store, tmp_path: Path, tag: str) -> None:
    """A sound database with a record less, newer than ours, by whoever can push and nothing else."""
    less = record(modified="2026-11-24T11:59:00Z")
    his = import_(store(registry=ours.registry), written(tmp_path / "his.zip", less)).database
    content = ours.registry.manifest(ours.repository, his.digest).content
    ours.registry.put_manifest(ours.repository, content, media.MANIFEST, tag=tag)


def held(ours: Store, database: AdvisoryDatabase, worker: Path) -> bytes:
    with mounted(ours, database, worker) as found:
        return (found.folder / "Debian" / "all.zip").read_bytes()


def test_a_database_under_our_tag_is_not_ours(ours: Store, current: AdvisoryDatabase, tmp_path: Path) -> None:
    (tag,) = ours.registry.tags(ours.repository)
    planted(ours, tmp_path, tag)
    assert ours.current("osv") == current
    assert held(ours, current, tmp_path / "worker") == (tmp_path / "all.zip").read_bytes()


def test_a_lost_catalog_takes_none_of_them(ours: Store, current: AdvisoryDatabase, tmp_path: Path) -> None:
    planted(ours, tmp_path, "osv-2027.01.01-000000000000")
    catalog = FakeCatalog()
    rebuilt = rebuild(catalog, ours.registry, ours.organisation, ours.log)
    assert catalog.databases() == []
    assert "import them again" in rebuilt.problems[0]


def test_a_file_that_he_changes_is_not_mounted(
    ours: Store, current: AdvisoryDatabase, tmp_path: Path
) -> None:
    registry = ours.registry
    assert isinstance(registry, FakeRegistry)
    (layer,) = ours.artifact(current).layers
    written(tmp_path / "less.zip", FULL[0])
    registry._repositories[ours.repository].blobs[layer.digest] = (tmp_path / "less.zip").read_bytes()
    with pytest.raises(IntegrityError):
        held(ours, current, tmp_path / "worker")


def test_what_he_takes_away_is_missed(ours: Store, current: AdvisoryDatabase, tmp_path: Path) -> None:
    ours.registry.delete_manifest(ours.repository, current.digest)
    with pytest.raises(RegistryError):
        held(ours, current, tmp_path / "worker")


@pytest.mark.parametrize("title", ["../../../outside", "/outside", "Debian/../../outside"])
def test_a_manifest_that_leads_out_of_the_cache_leads_nowhere(
    ours: Store, current: AdvisoryDatabase, tmp_path: Path, title: str
) -> None:
    """It has no digest that the catalog names; and would lead nowhere if it had."""
    content = json.loads(ours.registry.manifest(ours.repository, current.digest).content)
    content["layers"][0]["annotations"]["org.opencontainers.image.title"] = title
    made = ours.registry.put_manifest(ours.repository, canonical_json(content), media.MANIFEST)
    known = AdvisoryDatabase(
        current.name, "", current.built, made.digest, current.records, "", current.imported_at
    )
    ours.catalog.record_database(known)
    with pytest.raises(IntegrityError, match="is no database of advisories"):
        held(ours, known, tmp_path / "worker")
    assert not list(tmp_path.rglob("outside"))
