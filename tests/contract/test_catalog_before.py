"""The catalog of the version before, migrated on both databases: it says on each what it said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, MetaData, create_engine

from golden_images.adapters.catalog import SqlCatalog, schema
from golden_images.adapters.catalog.database import Database
from golden_images.core.release import Release
from tests.fakes import before
from tests.services.postgres import PostgresService


@pytest.fixture(params=["sqlite", "postgresql"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> SqlCatalog:
    left = before.database(tmp_path / "catalog.db")
    if request.param == "postgresql":
        service: PostgresService = request.getfixturevalue("postgres_service")
        left = copied(tmp_path / "catalog.db", service.database())
    left.migrate()
    return left


def copied(path: Path, url: str) -> SqlCatalog:
    """The rows of a SQLite catalog in a PostgreSQL one whose schema is of the same version."""
    source = create_engine(f"sqlite:///{path}")
    old = MetaData()
    with source.connect() as connection:
        old.reflect(connection)
        rows = {
            table.name: connection.execute(table.select()).mappings().all() for table in old.tables.values()
        }
    source.dispose()
    (revision,) = (row["version_num"] for row in rows.pop(schema.VERSION_TABLE))
    database = Database.from_url(url)

    def fill(connection: Connection) -> None:
        schema.upgrade(connection, revision)
        new = MetaData()
        new.reflect(connection)
        for name, found in rows.items():
            if found:
                # Numbers that the database gives are its own business; their order is kept.
                values = [{key: _zoned(one) for key, one in row.items() if key != "id"} for row in found]
                connection.execute(new.tables[name].insert(), values)

    database.write(fill)
    return SqlCatalog.from_url(url)


def _zoned(value: object) -> object:
    """SQLite keeps no zones."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def test_what_it_says(catalog: SqlCatalog, tmp_path: Path) -> None:
    assert catalog.images() == ["app", "both", "child", "retired", "root", "short"]
    held = before.rows(tmp_path / "catalog.db", "SELECT image, version, digest FROM golden_images_releases")
    releases = [release for name in catalog.images() for release in catalog.releases(name)]
    assert {(one.image, one.version, one.digest) for one in releases} == set(held)
    child, both = current(catalog, "child"), current(catalog, "both")
    assert child.facts["packages"] == 1
    stages = {"lint", "sbom", "test", "gate", "release"}
    assert {one.stage for one in catalog.evidence("child", child.digest)} == stages
    assert [move.actor for move in catalog.moves("child", "prod")] == ["operator"] * 3
    assert set(catalog.retired(catalog.images())) == {"retired"}
    assert catalog.failures(["short"])["short"].stage == "test"
    assert [one.stage for one in catalog.shortfalls(["short"])["short"]] == ["resolve", "test"]
    assert [one.source for one in catalog.base_versions(before.BASE)] == ["import"] * 3
    assert {wake.image for wake in catalog.wakes()} == {"app", "both"}
    (judgement,) = catalog.judgements("both", both.digest)
    assert judgement.version == both.version
    assert catalog.decisions("both")[0].reason.detail == "stages.test.timeout_minutes 10 → 5"


def test_it_goes_on(catalog: SqlCatalog) -> None:
    (last,) = catalog.moves("child", "prod", 1)
    newest = current(catalog, "child").digest
    later = last.at + timedelta(days=1)
    catalog.record_move(replace(last, digest=newest, previous=last.digest, at=later))
    assert catalog.channels("child")["prod"] == newest
    assert catalog.base_versions("child")[-1].digest == newest


def current(catalog: SqlCatalog, name: str) -> Release:
    release = catalog.current(name)
    assert release is not None
    return release
