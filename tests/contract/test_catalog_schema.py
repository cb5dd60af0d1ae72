"""Migrations on both databases: they make the tables that the code declares, once, and undo them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from golden_images.adapters.catalog import SqlCatalog, schema
from golden_images.adapters.catalog.database import Database
from golden_images.adapters.catalog.metadata import metadata
from golden_images.errors import CatalogError

ROW = "INSERT INTO golden_images_claims VALUES ('nginx', 'b', 'sha256:0')"
EVIDENCE = "golden_images_evidence"
FOREIGN = "CREATE TABLE alembic_version (version_num VARCHAR(32))"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'per%cent catalog.db'}"
    return str(request.getfixturevalue("postgres_service").database())


def differences(connection: Connection) -> list[object]:
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "version_table": schema.VERSION_TABLE,
        "include_name": lambda name, kind, parents: kind != "table" or name.startswith("golden_images_"),
    }
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, metadata))


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def test_migrations_make_what_the_code_declares(url: str) -> None:
    database = Database.from_url(url)
    database.write(lambda connection: connection.execute(text(FOREIGN)) and None)
    SqlCatalog.from_url(url).migrate()
    assert database.read(differences) == []
    assert database.read(schema.current) == schema.HEAD
    assert "alembic_version" in database.read(tables), "Airflow's own table is left alone"


def test_the_comparison_would_notice(url: str) -> None:
    database = Database.from_url(url)
    SqlCatalog.from_url(url).migrate()
    database.write(
        lambda connection: connection.execute(text("DROP INDEX ix_golden_images_releases_digest")) and None
    )
    assert len(database.read(differences)) == 1


def test_the_head_goes_down_and_up_again(url: str) -> None:
    database = Database.from_url(url)
    database.write(schema.upgrade)
    database.write(lambda connection: schema.downgrade(connection, "base"))
    assert database.read(tables) <= {schema.VERSION_TABLE}
    database.write(schema.upgrade)
    assert database.read(differences) == []


def test_the_head_is_the_newest_script() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def test_migrating_again_keeps_the_content(url: str) -> None:
    catalog = SqlCatalog.from_url(url)
    catalog.migrate()
    database = Database.from_url(url)
    database.write(lambda connection: connection.execute(text(ROW)) and None)
    catalog.migrate()
    count = text("SELECT count(*) FROM golden_images_claims")
    assert database.read(lambda connection: connection.scalar(count)) == 1


def test_evidence_of_the_version_before_is_of_no_attempt_and_goes_back_once(url: str) -> None:
    database = Database.from_url(url)
    database.write(lambda connection: schema.upgrade(connection, "0005"))
    values = "VALUES ('nginx', 's', 'd', 'lint', 'a/b', '2026-11-23 02:00:00')"
    old = text(f"INSERT INTO {EVIDENCE} (image, subject, digest, stage, artifact_type, created) {values}")
    database.write(lambda connection: connection.execute(old) and None)
    catalog = SqlCatalog.from_url(url)
    catalog.migrate()
    held = text(f"SELECT image, subject, digest, stage, mark, attempt FROM {EVIDENCE}")
    row = database.read(lambda connection: tuple(connection.execute(held).one()))
    assert row == ("nginx", "s", "d", "lint", "", 0)
    columns = "image, subject, digest, stage, artifact_type, created"
    adopted = text(
        f"INSERT INTO {EVIDENCE} ({columns}, mark, attempt) SELECT {columns}, 'm', 1 FROM {EVIDENCE}"
    )
    database.write(lambda connection: connection.execute(adopted) and None)
    database.write(lambda connection: schema.downgrade(connection, "0005"))
    count = text(f"SELECT count(*) FROM {EVIDENCE}")
    assert database.read(lambda connection: connection.scalar(count)) == 1


def test_many_migrate_at_once(url: str) -> None:
    barrier = Barrier(6)

    def migrate(_number: int) -> None:
        catalog = SqlCatalog.from_url(url)
        barrier.wait(timeout=60)
        catalog.migrate()
        assert catalog.images() == []

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(migrate, range(6)))


def test_a_migration_that_fails_leaves_nothing(url: str) -> None:
    database = Database.from_url(url)

    def fail(connection: Connection) -> None:
        schema.upgrade(connection)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        database.write(fail)
    assert database.read(tables) == set()


@pytest.mark.parametrize("call", [SqlCatalog.images, SqlCatalog.clear], ids=["read", "write"])
def test_a_database_without_a_schema_says_what_to_do(url: str, call: Callable[[SqlCatalog], object]) -> None:
    catalog = SqlCatalog.from_url(url)
    with pytest.raises(CatalogError, match="schema is not there yet") as caught:
        call(catalog)
    assert "golden-images catalog migrate" in caught.value.remedy
    assert not caught.value.retryable
    catalog.migrate()
    assert catalog.images() == []


def test_a_newer_schema_is_refused(url: str) -> None:
    SqlCatalog.from_url(url).migrate()
    newer = text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'")
    Database.from_url(url).write(lambda connection: connection.execute(newer) and None)
    with pytest.raises(CatalogError, match="newer than this program") as caught:
        SqlCatalog.from_url(url).images()
    assert "update golden-images" in caught.value.remedy
