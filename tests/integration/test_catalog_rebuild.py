"""The database is deleted; a real registry gives everything back."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden_images.adapters.catalog import SqlCatalog
from golden_images.adapters.registry import client_from
from golden_images.catalogue.rebuild import rebuild
from tests.fakes.history import contents, fill
from tests.fakes.world import World
from tests.services.postgres import PostgresService
from tests.services.registry import RegistryService

pytestmark = pytest.mark.registry


def new_catalog(url: str) -> SqlCatalog:
    catalog = SqlCatalog.from_url(url)
    catalog.migrate()
    return catalog


def test_the_catalog_comes_back_from_the_registry_alone(
    tmp_path: Path, own_registry_service: RegistryService, postgres_service: PostgresService
) -> None:
    database = tmp_path / "catalog.db"
    url = f"sqlite:///{database}"
    world = World(
        contexts=tmp_path / "contexts",
        registry=client_from(own_registry_service.host),
        catalog=new_catalog(url),
    )
    for name in ("root", "child"):
        world.context(name)
    builds = fill(world)
    before = contents(world.catalog, builds)
    assert len(before["child"]["releases"]) == 2
    databases = world.catalog.databases()
    for leftover in tmp_path.glob("catalog.db*"):
        leftover.unlink()
    # Garbage collection must not have taken what a rebuild reads.
    own_registry_service.stop()
    own_registry_service.collect_garbage()
    own_registry_service.start()
    # A client of its own: nothing that the filling remembered.
    registry = client_from(own_registry_service.host)
    for target in (url, postgres_service.database()):
        catalog = new_catalog(target)
        assert catalog.images() == []
        for advisories in databases:
            catalog.record_database(advisories)
        rebuilt = rebuild(catalog, registry, world.organisation, world.log.append)
        assert rebuilt.problems == ()
        assert contents(catalog, builds) == before
