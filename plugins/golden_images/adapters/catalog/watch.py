"""What the base watch keeps: the digest that each base has now, and who was woken for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import JSON, Boolean, Column, Connection, RowMapping, Table, Text, bindparam, select

from golden_images.adapters.catalog import ledger
from golden_images.adapters.catalog.ledger import one_writer
from golden_images.adapters.catalog.metadata import DIGEST, NAME, PREFIX, UtcTime, metadata
from golden_images.adapters.catalog.rows import rows_of, upsert
from golden_images.adapters.catalog.session import Session
from golden_images.core import watching
from golden_images.core.digest import Digest
from golden_images.core.release import BaseVersion
from golden_images.core.watching import Settlement, Wake, Watched

watched = Table(
    f"{PREFIX}watched_bases",
    metadata,
    Column("base", Text, primary_key=True),
    Column("digest", DIGEST, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("platforms", JSON, nullable=False),
    Column("settled", UtcTime, nullable=True),
    Column("poked", Boolean, nullable=False),
)

wakes = Table(
    f"{PREFIX}wakes",
    metadata,
    Column("image", NAME, primary_key=True),
    Column("base", Text, primary_key=True),
    Column("digest", DIGEST, nullable=False),
    Column("at", UtcTime, nullable=False),
)


class Watch(Session):
    def watched(self) -> dict[str, Watched]:
        return self._read(rows)

    def observe(self, seen: Sequence[Watched]) -> dict[str, Watched]:
        return self._write(lambda connection: observe(connection, seen)) if seen else {}

    def settle(self, versions: Sequence[BaseVersion]) -> Settlement:
        return self._write(lambda connection: settle(connection, versions)) if versions else Settlement()

    def poke(self, bases: Sequence[str]) -> None:
        if bases:
            self._write(lambda connection: poke(connection, bases))

    def take_pokes(self) -> list[str]:
        # Asked every other second, and hardly ever with an answer: looking takes no writer's lock.
        return self._write(take_pokes) if self._read(any_poked) else []

    def wakes(self) -> list[Wake]:
        return self._read(all_wakes)

    def record_wakes(self, wakes: Sequence[Wake]) -> None:
        if wakes:
            self._write(lambda connection: record_wakes(connection, wakes))


def rows(connection: Connection, bases: Iterable[str] | None = None) -> dict[str, Watched]:
    """All of them, or those of ``bases``; by base."""
    query = select(watched).order_by(watched.c.base)
    if bases is None:
        found: Iterable[RowMapping] = connection.execute(query).mappings()
    else:
        found = rows_of(connection, query, watched.c.base, bases)
    return {row["base"]: _watched(row) for row in found}


def observe(connection: Connection, seen: Sequence[Watched]) -> dict[str, Watched]:
    one_writer(connection)
    standing = rows(connection, [one.base for one in seen])
    changed = {
        one.base: one for one in seen if one.base not in standing or standing[one.base].digest != one.digest
    }
    new = [
        {
            "base": one.base,
            "digest": str(one.digest),
            "since": one.since,
            "platforms": list(one.platforms),
            "settled": None,
            "poked": False,
        }
        for _, one in sorted(changed.items())
    ]
    # A poke that comes in between means what the base is now: it stays.
    upsert(connection, watched, ("base",), *new, keep=("poked",))
    return {**standing, **rows(connection, changed)}


def settle(connection: Connection, versions: Sequence[BaseVersion]) -> Settlement:
    one_writer(connection)
    standing = rows(connection, [version.base for version in versions])
    facts = ledger.latest(connection, {base: row.digest for base, row in standing.items()})
    settlement = watching.settle(versions, standing, facts, ledger.now(connection))
    ledger.add(connection, settlement.news)
    if settlement.rows:
        change = watched.update().where(watched.c.base == bindparam("settling"))
        connection.execute(
            change.values(settled=bindparam("at")),
            [{"settling": base, "at": row.settled} for base, row in sorted(settlement.rows.items())],
        )
    return settlement


def poke(connection: Connection, bases: Sequence[str]) -> None:
    change = watched.update().where(watched.c.base == bindparam("named")).values(poked=True)
    connection.execute(change, [{"named": base} for base in sorted(set(bases))])


def any_poked(connection: Connection) -> bool:
    return connection.scalar(select(watched.c.base).where(watched.c.poked).limit(1)) is not None


def take_pokes(connection: Connection) -> list[str]:
    change = watched.update().where(watched.c.poked).values(poked=False).returning(watched.c.base)
    return sorted(connection.scalars(change))


def all_wakes(connection: Connection) -> list[Wake]:
    query = select(wakes).order_by(wakes.c.image, wakes.c.base)
    return [
        Wake(row["image"], row["base"], Digest(row["digest"]), row["at"])
        for row in connection.execute(query).mappings()
    ]


def record_wakes(connection: Connection, found: Sequence[Wake]) -> None:
    # In one order, so that two writers of the same rows wait for each other instead of deadlocking.
    rows = [
        {"image": wake.image, "base": wake.base, "digest": str(wake.digest), "at": wake.at}
        for wake in sorted(found, key=lambda one: (one.image, one.base))
    ]
    upsert(connection, wakes, ("image", "base"), *rows)


def _watched(row: RowMapping) -> Watched:
    return Watched(
        base=row["base"],
        digest=Digest(row["digest"]),
        since=row["since"],
        platforms=tuple(row["platforms"]),
        settled=row["settled"],
    )
