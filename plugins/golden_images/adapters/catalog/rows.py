"""Rows and records: writing with the databases' own upsert, reading a reason back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table
from sqlalchemy.dialects import postgresql, sqlite

from golden_images.core.reason import Reason, Why

#: A statement takes some ten thousand parameters; SQLite before 3.32 took 999.
_PORTION = 500


def insert_new(connection: Connection, table: Table, key: tuple[str, ...], values: Mapping[str, Any]) -> bool:
    """One atomic statement; False if a row with this key stands, which is left as it is."""
    statement = _insert(connection, table).values(dict(values)).on_conflict_do_nothing(index_elements=key)
    return connection.execute(statement.returning(table.c[key[0]])).first() is not None


def upsert(
    connection: Connection,
    table: Table,
    key: tuple[str, ...],
    *rows: Mapping[str, Any],
    keep: Collection[str] = (),
) -> None:
    """Inserts, or replaces what a row with this key holds, but for the columns of ``keep``.

    ``rows`` have the same columns, and are sent in one go.
    """
    if not rows:
        return
    statement = _insert(connection, table)
    replaced = {name: statement.excluded[name] for name in rows[0] if name not in {*key, *keep}}
    statement = statement.on_conflict_do_update(index_elements=key, set_=replaced)
    connection.execute(statement, [dict(row) for row in rows])


def rows_of(
    connection: Connection, query: Select[Any], column: ColumnElement[Any], values: Iterable[str]
) -> Iterator[RowMapping]:
    """The rows of ``query`` that have one of ``values``, in portions: parameters are limited."""
    waiting = iter(values)
    while portion := list(islice(waiting, _PORTION)):
        yield from connection.execute(query.where(column.in_(portion))).mappings()


def _insert(connection: Connection, table: Table) -> sqlite.Insert:
    # Two dialects, one shape: SQLite took PostgreSQL's ON CONFLICT clause word for word.
    module = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement: sqlite.Insert = module.insert(table)
    return statement


def reason_columns(reason: Reason) -> dict[str, str]:
    return {"why": reason.why.value, "old": reason.old, "new": reason.new, "detail": reason.detail}


def reason_of(row: RowMapping) -> Reason:
    return Reason(why=Why(row["why"]), old=row["old"], new=row["new"], detail=row["detail"])
