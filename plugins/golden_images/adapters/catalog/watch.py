"""What the base watch keeps: the digest that each base has now, and who was woken for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from golden_images.adapters.catalog.bases import one_writer
from golden_images.adapters.catalog.rows import upsert
from golden_images.adapters.catalog.tables import wakes as woken
from golden_images.adapters.catalog.tables import watched
from golden_images.core.digest import Digest
from golden_images.core.watching import Wake, Watched


def rows(connection: Connection) -> dict[str, Watched]:
    query = select(watched).order_by(watched.c.base)
    return {row["base"]: _watched(row) for row in connection.execute(query).mappings()}


def observe(connection: Connection, seen: Watched) -> Watched:
    one_writer(connection, seen.base)
    query = select(watched).where(watched.c.base == seen.base)
    standing = connection.execute(query).mappings().first()
    if standing is not None and standing["digest"] == seen.digest:
        return _watched(standing)
    values = {
        "base": seen.base,
        "digest": str(seen.digest),
        "since": seen.since,
        "platforms": list(seen.platforms),
        "settled": None,
        "poked": bool(standing and standing["poked"]),
    }
    upsert(connection, watched, ("base",), values)
    return _watched(connection.execute(query).mappings().one())


def settle(connection: Connection, base: str, digest: Digest, at: datetime) -> bool:
    change = watched.update().where(watched.c.base == base, watched.c.digest == str(digest))
    return connection.execute(change.values(settled=at)).rowcount > 0


def poke(connection: Connection, bases: Sequence[str]) -> None:
    connection.execute(watched.update().where(watched.c.base.in_(bases)).values(poked=True))


def any_poked(connection: Connection) -> bool:
    return connection.scalar(select(watched.c.base).where(watched.c.poked).limit(1)) is not None


def take_pokes(connection: Connection) -> list[str]:
    change = watched.update().where(watched.c.poked).values(poked=False).returning(watched.c.base)
    return sorted(connection.scalars(change))


def wakes(connection: Connection) -> list[Wake]:
    query = select(woken).order_by(woken.c.image, woken.c.base)
    return [
        Wake(row["image"], row["base"], Digest(row["digest"]), row["at"])
        for row in connection.execute(query).mappings()
    ]


def record_wakes(connection: Connection, wakes: Sequence[Wake]) -> None:
    # In one order, so that two writers of the same rows wait for each other instead of deadlocking.
    for wake in sorted(wakes, key=lambda one: (one.image, one.base)):
        values = {"image": wake.image, "base": wake.base, "digest": str(wake.digest), "at": wake.at}
        upsert(connection, woken, ("image", "base"), values)


def _watched(row: RowMapping) -> Watched:
    return Watched(
        base=row["base"],
        digest=Digest(row["digest"]),
        since=row["since"],
        platforms=tuple(row["platforms"]),
        settled=row["settled"],
    )
