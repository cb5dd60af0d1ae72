"""One suite on the fake and on the real thing: the catalog in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from golden_images.adapters.catalog import SqlCatalog
from golden_images.ports import Catalog
from tests.fakes.catalog import FakeCatalog

#: Another client of the same catalog, as another task has it.
Connect = Callable[[], Catalog]


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Connect:
    if request.param == "fake":
        fake = FakeCatalog()
        return lambda: fake
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'catalog.db'}"
    else:
        url = request.getfixturevalue("postgres_service").database()
    SqlCatalog.from_url(url).migrate()
    return lambda: SqlCatalog.from_url(url)


@pytest.fixture
def catalog(connect: Connect) -> Catalog:
    return connect()
