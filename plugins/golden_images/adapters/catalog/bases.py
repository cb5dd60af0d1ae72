"""The ledger of base versions; its rules are in :mod:`golden_images.core.ledger`."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, DateTime, func, select

from golden_images.adapters.catalog.rows import insert_new
from golden_images.adapters.catalog.tables import base_facts
from golden_images.core import ledger
from golden_images.core.digest import Digest
from golden_images.core.release import BaseVersion


def record(connection: Connection, version: BaseVersion) -> bool:
    admitted = ledger.admitted(version, _now(connection))
    one_writer(connection, admitted.base)
    if not ledger.is_news(admitted, facts(connection, admitted.base)):
        return False
    values = {
        "base": admitted.base,
        "digest": str(admitted.digest),
        "at": admitted.at,
        "platforms": list(admitted.platforms),
        "tag": admitted.tag,
        "source": admitted.source,
    }
    return insert_new(connection, base_facts, ("base", "at", "digest"), values)


def facts(connection: Connection, base: str) -> list[BaseVersion]:
    """Every row of ``base``, oldest first; at the same second in the order of their arrival."""
    query = select(base_facts).where(base_facts.c.base == base).order_by(base_facts.c.at, base_facts.c.id)
    return [
        BaseVersion(
            base=row["base"],
            digest=Digest(row["digest"]),
            at=row["at"],
            platforms=tuple(row["platforms"]),
            tag=row["tag"],
            source=row["source"],
        )
        for row in connection.execute(query).mappings()
    ]


def names(connection: Connection) -> list[str]:
    return list(connection.scalars(select(base_facts.c.base).distinct().order_by(base_facts.c.base)))


def _now(connection: Connection) -> datetime:
    """The database's clock: one for all machines. SQLite's is the machine's own."""
    if connection.dialect.name == "postgresql":
        return connection.scalars(select(func.clock_timestamp(type_=DateTime(timezone=True)))).one()
    return datetime.now(UTC)


def one_writer(connection: Connection, base: str) -> None:
    """Two watches that see the same change at once: one records it, the other finds it recorded.
    SQLite's writing transaction excludes others on its own."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(base, 0))))
