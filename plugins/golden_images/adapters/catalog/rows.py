"""Rows and records: writing with the databases' own upsert, reading a reason back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Table,
    column,
    func,
    select,
    values,
)
from sqlalchemy.dialects import postgresql, sqlite

from golden_images.core.reason import Reason, Why

_T = TypeVar("_T")

#: A statement takes some ten thousand parameters; SQLite before 3.32 took 999.
_PORTION = 400


def insert_new(connection: Connection, table: Table, key: tuple[str, ...], values: Mapping[str, Any]) -> bool:
    """One atomic statement; False if a row with this key stands, which is left as it is."""
    statement = _insert(connection, table).values(dict(values)).on_conflict_do_nothing(index_elements=key)
    return connection.execute(statement.returning(table.c[key[0]])).first() is not None


def one_writer(connection: Connection, *key: str) -> None:
    """Until the end of the transaction, others who come here with this ``key`` wait; what they read then
    is what was written. SQLite's writing transaction excludes others on its own."""
    if connection.dialect.name == "postgresql":
        named = func.hashtextextended("\n".join(key), 0)
        connection.execute(select(func.pg_advisory_xact_lock(named)))


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
    connection: Connection, query: Select[Any], of: ColumnElement[Any], asked: Iterable[str]
) -> Iterator[RowMapping]:
    """The rows of ``query`` that have one of ``asked``, in portions: parameters are limited."""
    for portion in _portions(asked):
        yield from connection.execute(query.where(of.in_(portion))).mappings()


def rows_each(
    connection: Connection,
    query: Callable[[CTE], Select[Any]],
    columns: Sequence[Column[Any]],
    asked: Iterable[tuple[Any, ...]],
) -> Iterator[RowMapping]:
    """What ``query`` finds for each row of a table ``asked``, which has ``columns``; in portions.

    For what ``IN`` cannot say: so many newest rows, a time of its own for each. The database goes from
    ``asked`` to the few rows wanted through an index, and does not read a history to find its end.
    """
    named = [column(one.name, one.type) for one in columns]
    for portion in _portions(asked):
        table = values(*named, name="listed").data(portion).cte("asked")
        yield from connection.execute(query(table)).mappings()


def distinct(connection: Connection, of: Column[str]) -> list[str]:
    """The values of an indexed column, in order: from each to the next one through the index. ``SELECT
    DISTINCT`` reads every row."""
    first = select(func.min(of).label("value")).cte("found", recursive=True)
    after = select(func.min(of)).where(of > first.c.value).scalar_subquery()
    found = first.union_all(select(after).where(first.c.value.is_not(None)))
    return list(connection.scalars(select(found.c.value).where(found.c.value.is_not(None))))


def _portions(items: Iterable[_T]) -> Iterator[list[_T]]:
    waiting = iter(items)
    while portion := list(islice(waiting, _PORTION)):
        yield portion


def _insert(connection: Connection, table: Table) -> sqlite.Insert:
    # Two dialects, one shape: SQLite took PostgreSQL's ON CONFLICT clause word for word.
    module = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement: sqlite.Insert = module.insert(table)
    return statement


def reason_columns(reason: Reason) -> dict[str, str]:
    return {"why": reason.why.value, "old": reason.old, "new": reason.new, "detail": reason.detail}


def reason_of(row: RowMapping) -> Reason:
    return Reason(why=Why(row["why"]), old=row["old"], new=row["new"], detail=row["detail"])
