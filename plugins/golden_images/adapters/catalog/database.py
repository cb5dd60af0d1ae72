"""One SQL database: connections, time-outs, retries, and errors in our own words.

Every unit of work is one short transaction on a connection of its own: a task is a short-lived
process, and a pool would only hold connections that nobody uses.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import unquote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from golden_images.adapters.retry import Attempts, Clock, RetryPolicy
from golden_images.errors import CatalogError

_T = TypeVar("_T")

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 30
LOCK_SECONDS = 15
#: Each attempt has the time-outs above; a new one begins in the first two minutes only.
POLICY = RetryPolicy(attempts=5, base=0.2, cap=5.0, total=120.0)

#: PostgreSQL's SQLSTATEs after which the same transaction may succeed: serialization failure,
#: deadlock, lock not available, the server going down or coming up, and a session that it ended for
#: having been idle (PostgreSQL, appendix A).
_TRANSIENT_STATES = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "57P05", "53300", "25P03"}


class Database:
    """``endpoint`` is what errors show: never the password, never a query parameter."""

    def __init__(self, url: URL, *, clock: Clock | None = None) -> None:
        self.endpoint = _endpoint(url)
        self._password = url.password or ""
        self._clock = clock or Clock()
        self._engine = _engine(url)
        # Servers make many of these, each for one request: its connection goes with it.
        weakref.finalize(self, self._engine.dispose)

    @classmethod
    def from_url(cls, text: str) -> Database:
        """``postgresql://…`` or ``sqlite:///path``; also as Airflow writes a Connection's URI."""
        return cls(_url(text))

    def read(self, work: Callable[[Connection], _T]) -> _T:
        return self._run(work, writing=False)

    def write(self, work: Callable[[Connection], _T], *, attempts: int = POLICY.attempts) -> _T:
        """Commits if ``work`` returns. It may run again after a transient failure, also one of the
        commit whose outcome is unknown: it has to be idempotent."""
        return self._run(work, writing=True, attempts=attempts)

    def _run(self, work: Callable[[Connection], _T], *, writing: bool, attempts: int = POLICY.attempts) -> _T:
        def one() -> _T:
            with (
                self._engine.connect().execution_options(writing=writing) as connection,
                connection.begin(),
            ):
                return work(connection)

        tries = Attempts(replace(POLICY, attempts=attempts), self._clock)
        try:
            return tries.run(one, _transient)
        except SQLAlchemyError as error:
            raise self._wrapped(error, _transient(error), tries.made) from None

    def _wrapped(self, error: SQLAlchemyError, transient: bool, attempts: int) -> CatalogError:
        # SQLAlchemy's own text would show the statement with its values.
        cause = str(error.orig if isinstance(error, DBAPIError) and error.orig else error).strip()
        if self._password:
            cause = cause.replace(self._password, "***")
        if transient:
            return CatalogError(
                f"the catalog did not answer after {attempts} attempts: {self.endpoint}",
                endpoint=self.endpoint,
                cause=cause,
                remedy="check that the database runs and that the catalog's Connection is right",
            )
        return CatalogError(
            f"the catalog refused: {self.endpoint}",
            endpoint=self.endpoint,
            cause=cause,
            remedy="check the catalog's Connection and the rights of its user",
            retryable=False,
        )


def _url(text: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # The text itself may hold a password: it is not shown.
        raise CatalogError(
            "the catalog's address is no URL",
            remedy="write postgresql://user:password@host:5432/database or sqlite:////folder/catalog.db",
            retryable=False,
        ) from None
    backend = url.drivername.partition("+")[0]
    if backend in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        # Airflow puts a Connection's host, the path, where a URL has its host.
        database = url.database or unquote(url.host or "")
        if database in ("", ":memory:"):
            raise CatalogError(
                "the catalog needs a SQLite file",
                cause="a database in memory is not seen by the next task",
                remedy="write sqlite:////folder/catalog.db",
                retryable=False,
            )
        return URL.create("sqlite", database=database)
    raise CatalogError(
        f"the catalog cannot live in {backend}",
        remedy="use PostgreSQL or SQLite",
        retryable=False,
    )


def _endpoint(url: URL) -> str:
    if url.drivername == "sqlite":
        return f"sqlite:///{url.database}"
    host = url.host or url.query.get("host", "")
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{host}{port}/{url.database or ''}"


def _engine(url: URL) -> Engine:
    if url.drivername == "sqlite":
        # Opening a file costs next to nothing, and one that stays open could not be replaced.
        engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": LOCK_SECONDS})
        event.listen(engine, "connect", _sqlite_connected)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    connect_args = {
        "connect_timeout": CONNECT_SECONDS,
        # A peer that vanished is noticed, instead of waited for.
        "tcp_user_timeout": 1000 * STATEMENT_SECONDS,
        "application_name": "golden-images",
    }
    # One connection for one command or task, however often it asks; threads have one more each while
    # they ask. One that was cut meanwhile fails, and the retry gets another.
    engine = create_engine(url, pool_size=1, max_overflow=-1, connect_args=connect_args)
    event.listen(engine, "connect", _postgresql_connected)
    return engine


def _sqlite_connected(connection: Any, _record: Any) -> None:
    # Transactions are begun by `_sqlite_begin`, not by the driver at its own discretion.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {1000 * LOCK_SECONDS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    # A writer takes its lock at once: one that upgrades from reading fails without waiting.
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _postgresql_connected(connection: Any, _record: Any) -> None:
    # Not as start-up options: connection poolers refuse those.
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {1000 * STATEMENT_SECONDS}")
        cursor.execute(f"SET lock_timeout = {1000 * LOCK_SECONDS}")
        cursor.execute("SET timezone = 'UTC'")
    connection.commit()


def _transient(error: Exception) -> bool:
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in _TRANSIENT_STATES or state.startswith("08")
    text = str(error.orig).lower()
    if "locked" in text or "busy" in text:
        return True
    if not isinstance(error, OperationalError) or "psycopg" not in type(error.orig).__module__:
        return error.connection_invalidated
    # psycopg gives no state when it got no connection: the server's word, if any, is in the text.
    return not any(word in text for word in ("authentication failed", "does not exist", "pg_hba.conf"))
