"""Connections that fail: bounded retries, words of our own, and no password."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import OperationalError

from golden_images.adapters.catalog.database import POLICY, Database
from golden_images.adapters.retry import Clock
from golden_images.errors import CatalogError
from tests.services.registry import free_port


@pytest.mark.parametrize(
    ("written", "endpoint"),
    [
        ("postgresql://user:secret@db:5433/catalog?sslmode=require", "postgresql://db:5433/catalog"),
        ("postgres://user:secret@db/catalog", "postgresql://db/catalog"),
        ("postgresql+psycopg2://db/catalog", "postgresql://db/catalog"),
        ("sqlite:////var/lib/catalog.db", "sqlite:////var/lib/catalog.db"),
        ("sqlite://%2Fvar%2Flib%2Fcatalog.db", "sqlite:////var/lib/catalog.db"),
    ],
)
def test_every_way_to_write_the_address(written: str, endpoint: str) -> None:
    assert Database.from_url(written).endpoint == endpoint


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("secret word", "the catalog's address is no URL"),
        ("mysql://user:secret@db/catalog", "the catalog cannot live in mysql"),
        ("sqlite://", "the catalog needs a SQLite file"),
        ("sqlite:///:memory:", "the catalog needs a SQLite file"),
    ],
)
def test_an_address_that_cannot_be_is_refused_without_showing_it(written: str, what: str) -> None:
    with pytest.raises(CatalogError, match=what) as caught:
        Database.from_url(written)
    assert "secret" not in str(caught.value)
    assert not caught.value.retryable


def test_a_server_that_is_not_there_is_tried_a_bounded_number_of_times() -> None:
    slept: list[float] = []
    port = free_port()
    url = make_url(f"postgresql+psycopg://user:geheim@127.0.0.1:{port}/catalog")
    with pytest.raises(CatalogError, match=f"did not answer after {POLICY.attempts} attempts") as caught:
        Database(url, clock=Clock(sleep=slept.append)).read(lambda connection: None)
    assert caught.value.endpoint == f"postgresql://127.0.0.1:{port}/catalog"
    assert caught.value.retryable
    assert "geheim" not in str(caught.value)
    assert "refused" in caught.value.cause
    assert len(slept) == POLICY.attempts - 1
    assert slept == sorted(slept), "it waits longer each time"


def test_a_database_that_does_not_exist_is_not_tried_again(tmp_path: Path) -> None:
    slept: list[float] = []
    url = make_url(f"sqlite:///{tmp_path / 'missing' / 'catalog.db'}")
    with pytest.raises(CatalogError, match="the catalog refused") as caught:
        Database(url, clock=Clock(sleep=slept.append)).read(lambda connection: None)
    assert "unable to open database file" in caught.value.cause
    assert slept == []


def test_a_statement_that_is_wrong_shows_no_values(tmp_path: Path) -> None:
    database = Database.from_url(f"sqlite:///{tmp_path / 'catalog.db'}")

    def work(connection: Connection) -> None:
        connection.execute(text("INSERT INTO nowhere VALUES (:value)"), {"value": "confidential"})

    with pytest.raises(CatalogError, match="the catalog refused") as caught:
        database.write(work)
    assert "no such table: nowhere" in caught.value.cause
    assert "confidential" not in str(caught.value)


def test_a_locked_database_is_tried_again_and_the_work_done_once(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    database = Database.from_url(f"sqlite:///{path}")
    database.write(lambda connection: connection.execute(text("CREATE TABLE t (n INTEGER)")) and None)
    refusals = [sqlite3.OperationalError("database is locked")] * 2
    slept: list[float] = []
    retrying = Database(make_url(f"sqlite:///{path}"), clock=Clock(sleep=slept.append))

    def work(connection: Connection) -> None:
        connection.execute(text("INSERT INTO t VALUES (1)"))
        if refusals:
            # As the driver would, in the middle of the transaction.
            raise OperationalError("INSERT", {}, refusals.pop())

    retrying.write(work)
    count = text("SELECT count(*) FROM t")
    assert database.read(lambda connection: connection.scalar(count)) == 1
    assert len(slept) == 2
