"""Rows and records: writing with the databases' own upsert, reading a reason back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, Table
from sqlalchemy.dialects import postgresql, sqlite

from golden_images.core.reason import Reason, Why


def insert_new(connection: Connection, table: Table, key: tuple[str, ...], values: Mapping[str, Any]) -> bool:
    """One atomic statement; False if a row with this key stands, which is left as it is."""
    statement = _insert(connection, table, values).on_conflict_do_nothing(index_elements=key)
    return connection.execute(statement.returning(table.c[key[0]])).first() is not None


def upsert(connection: Connection, table: Table, key: tuple[str, ...], values: Mapping[str, Any]) -> None:
    """Inserts, or replaces what a row with this key holds."""
    rest = {name: value for name, value in values.items() if name not in key}
    statement = _insert(connection, table, values).on_conflict_do_update(index_elements=key, set_=rest)
    connection.execute(statement)


def _insert(connection: Connection, table: Table, values: Mapping[str, Any]) -> sqlite.Insert:
    # Two dialects, one shape: SQLite took PostgreSQL's ON CONFLICT clause word for word.
    module = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement: sqlite.Insert = module.insert(table).values(dict(values))
    return statement


def reason_columns(reason: Reason) -> dict[str, str]:
    return {"why": reason.why.value, "old": reason.old, "new": reason.new, "detail": reason.detail}


def reason_of(row: RowMapping) -> Reason:
    return Reason(why=Why(row["why"]), old=row["old"], new=row["new"], detail=row["detail"])
