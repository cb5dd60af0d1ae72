"""The schema's version: migrating to it, and refusing to work on another one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, inspect, select, table, text

from golden_images.adapters.catalog.metadata import PREFIX
from golden_images.errors import CatalogError

if TYPE_CHECKING:
    from alembic.config import Config

#: The newest revision below ``migrations/versions``; a test holds them together, so that a task
#: need not read the migrations to know.
HEAD = "0012"
#: Not Alembic's default: the catalog may share a database with Airflow, which has that one.
VERSION_TABLE = f"{PREFIX}alembic_version"

_SCRIPTS = Path(__file__).parent / "migrations"
#: Any number that no other program uses for its own advisory lock.
_LOCK = 0x676F6C64656E
_MIGRATION_SECONDS = 600


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Inside the caller's transaction: all of it or nothing. A second process waits, then finds
    nothing to do. SQLite's writing transaction excludes others on its own."""
    # Alembic is for migrations alone: the tasks of every run do not wait for its import.
    from alembic import command

    _exclude_others(connection)
    command.upgrade(_config(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """To an older ``revision``; ``base`` removes every table."""
    from alembic import command

    _exclude_others(connection)
    command.downgrade(_config(connection), revision)


def current(connection: Connection) -> str | None:
    """The revision that the database has; None if it has no schema."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.scalar(select(column("version_num")).select_from(table(VERSION_TABLE)))


def check(connection: Connection, endpoint: str) -> None:
    """Raises CatalogError unless the schema is the one that this program was written for."""
    revision = current(connection)
    if revision == HEAD:
        return
    if revision is not None and revision > HEAD:
        raise CatalogError(
            f"the catalog is newer than this program: {endpoint}",
            endpoint=endpoint,
            cause=f"its schema is {revision}, this program knows {HEAD}",
            remedy="update golden-images on this machine",
            retryable=False,
        )
    raise CatalogError(
        f"the catalog's schema is {'older than this program' if revision else 'not there yet'}: {endpoint}",
        endpoint=endpoint,
        cause=f"found {revision or 'none'}, needs {HEAD}",
        remedy="run: golden-images catalog migrate",
        retryable=False,
    )


def _exclude_others(connection: Connection) -> None:
    if connection.dialect.name != "postgresql":
        return
    # The time-outs of everyday work are too short for a migration and for waiting for another's.
    milliseconds = 1000 * _MIGRATION_SECONDS
    connection.execute(text(f"SET LOCAL statement_timeout = {milliseconds}"))
    connection.execute(text(f"SET LOCAL lock_timeout = {milliseconds}"))
    connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    # The value is a configuration parser's: a % of the path has to be doubled.
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
