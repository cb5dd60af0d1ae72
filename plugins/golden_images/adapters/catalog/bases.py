"""The ledger of base versions; its rules are in :mod:`golden_images.core.ledger`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, DateTime, func, select

from golden_images.adapters.catalog.rows import rows_of
from golden_images.adapters.catalog.tables import base_facts
from golden_images.core import ledger
from golden_images.core.digest import Digest
from golden_images.core.release import BaseVersion


def record(connection: Connection, version: BaseVersion) -> bool:
    admitted = ledger.admitted(version, now(connection))
    one_writer(connection)
    if not ledger.is_news(admitted, facts(connection, [admitted.base])[admitted.base]):
        return False
    add(connection, [admitted])
    return True


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


def facts(connection: Connection, bases: Collection[str]) -> dict[str, list[BaseVersion]]:
    """By base, all its rows, oldest first; at the same second in the order of their arrival."""
    found: dict[str, list[BaseVersion]] = {base: [] for base in bases}
    query = select(base_facts).order_by(base_facts.c.at, base_facts.c.id)
    for row in rows_of(connection, query, base_facts.c.base, found):
        version = BaseVersion(
            base=row["base"],
            digest=Digest(row["digest"]),
            at=row["at"],
            platforms=tuple(row["platforms"]),
            tag=row["tag"],
            source=row["source"],
        )
        found[version.base].append(version)
    return found


def names(connection: Connection) -> list[str]:
    return list(connection.scalars(select(base_facts.c.base).distinct().order_by(base_facts.c.base)))


def now(connection: Connection) -> datetime:
    """The database's clock: one for all machines. SQLite's is the machine's own."""
    if connection.dialect.name == "postgresql":
        return connection.scalars(select(func.clock_timestamp(type_=DateTime(timezone=True)))).one()
    return datetime.now(UTC)


def one_writer(connection: Connection) -> None:
    """Two watches that see the same change at once: one records it, the other finds it recorded.

    One lock for all bases: the transactions are short, and a lock for each of some thousand bases would
    fill PostgreSQL's table of locks. SQLite's writing transaction excludes others on its own.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(base_facts.name, 0))))
