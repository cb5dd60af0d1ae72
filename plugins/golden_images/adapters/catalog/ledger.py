"""The ledger of base versions; its rules are in :mod:`golden_images.core.ledger`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    JSON,
    Column,
    Connection,
    DateTime,
    Integer,
    RowMapping,
    Select,
    String,
    Table,
    UniqueConstraint,
    func,
    literal,
    select,
)

from golden_images.adapters.catalog import rows as sql
from golden_images.adapters.catalog.metadata import DIGEST, PREFIX, UtcTime, metadata, words
from golden_images.adapters.catalog.rows import distinct, rows_each
from golden_images.adapters.catalog.session import Session
from golden_images.core import ledger
from golden_images.core.digest import Digest
from golden_images.core.release import BaseVersion

base_facts = Table(
    f"{PREFIX}base_versions",
    metadata,
    # The order of arrival, which decides between digests at the same second.
    Column("id", Integer, primary_key=True, autoincrement=True),
    words("base"),
    Column("digest", DIGEST, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("platforms", JSON, nullable=False),
    Column("tag", String(128), nullable=False),
    Column("source", String(20), nullable=False),
    UniqueConstraint("base", "at", "digest"),
)

_EVER = literal(datetime.min.replace(tzinfo=UTC), UtcTime)


class Ledger(Session):
    def record_base_version(self, version: BaseVersion) -> bool:
        return self._write(lambda connection: record(connection, version))

    def record_base_versions(self, versions: Sequence[BaseVersion]) -> int:
        return self._write(lambda connection: record_all(connection, versions)) if versions else 0

    def bases(self) -> list[str]:
        return self._read(names)

    def base_versions(
        self, base: str, since: datetime | None = None, until: datetime | None = None
    ) -> list[BaseVersion]:
        return ledger.between(self._facts([base], since)[base], since, until)

    def histories(self, bases: Sequence[str], since: datetime | None = None) -> dict[str, list[BaseVersion]]:
        found = self._facts(bases, since) if bases else {}
        return {base: ledger.between(facts, since, None) for base, facts in found.items()}

    def _facts(self, names: Sequence[str], since: datetime | None) -> dict[str, list[BaseVersion]]:
        return self._read(lambda connection: facts(connection, names, since))


def record(connection: Connection, version: BaseVersion) -> bool:
    admitted = ledger.admitted(version, now(connection))
    one_writer(connection)
    if not ledger.is_news(admitted, _standing(connection, admitted)):
        return False
    add(connection, [admitted])
    return True


def record_all(connection: Connection, versions: Sequence[BaseVersion]) -> int:
    clock = now(connection)
    admitted = [ledger.admitted(version, clock) for version in versions]
    one_writer(connection)
    since = min(version.at for version in admitted)
    news = ledger.news(admitted, facts(connection, sorted({version.base for version in admitted}), since))
    add(connection, news)
    return len(news)


def add(connection: Connection, versions: Sequence[BaseVersion]) -> None:
    """These are admitted, and news. The caller is the one writer."""
    if not versions:
        return
    rows = [
        {
            "base": version.base,
            "digest": str(version.digest),
            "at": version.at,
            "platforms": list(version.platforms),
            "tag": version.tag,
            "source": version.source,
        }
        for version in versions
    ]
    connection.execute(base_facts.insert(), rows)


def facts(
    connection: Connection, bases: Collection[str], since: datetime | None = None
) -> dict[str, list[BaseVersion]]:
    """By base, oldest first; at the same second in the order of their arrival.

    All rows, or those from the last moment before ``since`` on: what the base was until then decides
    whether the first one afterwards is a change.
    """
    found: dict[str, list[BaseVersion]] = {base: [] for base in bases}

    def rows(asked: CTE) -> Select[Any]:
        query = select(base_facts).join(asked, base_facts.c.base == asked.c.base)
        if since is None:
            return query
        earlier = base_facts.alias()
        last = select(func.max(earlier.c.at)).where(earlier.c.base == asked.c.base, earlier.c.at < since)
        return query.where(base_facts.c.at >= func.coalesce(last.scalar_subquery(), literal(since, UtcTime)))

    return _grouped(connection, rows, [base_facts.c.base], found, [(base,) for base in found])


def latest(connection: Connection, digests: Mapping[str, Digest]) -> dict[str, list[BaseVersion]]:
    """By base, its rows from the last one on that has another digest than the one given: all that is
    needed to settle this one."""
    found: dict[str, list[BaseVersion]] = {base: [] for base in digests}

    def rows(asked: CTE) -> Select[Any]:
        other = base_facts.alias()
        last = select(func.max(other.c.at)).where(
            other.c.base == asked.c.base, other.c.digest != asked.c.digest
        )
        query = select(base_facts).join(asked, base_facts.c.base == asked.c.base)
        return query.where(base_facts.c.at >= func.coalesce(last.scalar_subquery(), _EVER))

    asked = [(base, str(digest)) for base, digest in digests.items()]
    return _grouped(connection, rows, [base_facts.c.base, base_facts.c.digest], found, asked)


def _standing(connection: Connection, version: BaseVersion) -> list[BaseVersion]:
    """What stands at the time of an admitted ``version``: the rows of the last moment until then. No
    others decide whether it is news."""
    earlier = base_facts.alias()
    last = select(func.max(earlier.c.at)).where(earlier.c.base == version.base, earlier.c.at <= version.at)
    query = select(base_facts).where(
        base_facts.c.base == version.base, base_facts.c.at == last.scalar_subquery()
    )
    return [_version(row) for row in connection.execute(query.order_by(base_facts.c.id)).mappings()]


def _grouped(
    connection: Connection,
    query: Callable[[CTE], Select[Any]],
    columns: Sequence[Column[Any]],
    found: dict[str, list[BaseVersion]],
    asked: Collection[tuple[Any, ...]],
) -> dict[str, list[BaseVersion]]:
    def in_order(table: CTE) -> Select[Any]:
        return query(table).order_by(base_facts.c.at, base_facts.c.id)

    for row in rows_each(connection, in_order, columns, asked):
        found[row["base"]].append(_version(row))
    return found


def _version(row: RowMapping) -> BaseVersion:
    return BaseVersion(
        base=row["base"],
        digest=Digest(row["digest"]),
        at=row["at"],
        platforms=tuple(row["platforms"]),
        tag=row["tag"],
        source=row["source"],
    )


def names(connection: Connection) -> list[str]:
    return distinct(connection, base_facts.c.base)


def now(connection: Connection) -> datetime:
    """The database's clock: one for all machines. SQLite's is the machine's own."""
    if connection.dialect.name == "postgresql":
        return connection.scalars(select(func.clock_timestamp(type_=DateTime(timezone=True)))).one()
    return datetime.now(UTC)


def one_writer(connection: Connection) -> None:
    """Two watches that see the same change at once: one records it, the other finds it recorded.

    One lock for all bases: the transactions are short, and a lock for each of some thousand bases would
    fill PostgreSQL's table of locks.
    """
    sql.one_writer(connection, base_facts.name)
