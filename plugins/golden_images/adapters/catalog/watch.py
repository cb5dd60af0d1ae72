"""What the base watch keeps: the digest that each base has now, and who was woken for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, RowMapping, bindparam, select

from golden_images.adapters.catalog import bases as ledger
from golden_images.adapters.catalog.bases import one_writer
from golden_images.adapters.catalog.rows import rows_of, upsert
from golden_images.adapters.catalog.tables import stage_bases as stage
from golden_images.adapters.catalog.tables import wakes as woken
from golden_images.adapters.catalog.tables import watched
from golden_images.core import watching
from golden_images.core.digest import Digest
from golden_images.core.release import BaseVersion
from golden_images.core.watching import Settlement, StageBase, Wake, Watched


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


def set_stage_bases(connection: Connection, image: str, found: Sequence[StageBase]) -> None:
    one_writer(connection)
    connection.execute(stage.delete().where(stage.c.image == image))
    if found:
        connection.execute(
            stage.insert(),
            [
                {
                    "image": image,
                    "base": one.base,
                    "digest": str(one.digest),
                    "platforms": list(one.platforms),
                }
                for one in found
            ],
        )


def stage_bases(connection: Connection, image: str | None = None) -> dict[str, list[StageBase]]:
    """Of all images, or of one."""
    query = select(stage).order_by(stage.c.image, stage.c.base)
    found: dict[str, list[StageBase]] = {}
    for row in connection.execute(query if image is None else query.where(stage.c.image == image)).mappings():
        one = StageBase(row["base"], Digest(row["digest"]), tuple(row["platforms"]))
        found.setdefault(row["image"], []).append(one)
    return found


def wakes(connection: Connection) -> list[Wake]:
    query = select(woken).order_by(woken.c.image, woken.c.base)
    return [
        Wake(row["image"], row["base"], Digest(row["digest"]), row["at"])
        for row in connection.execute(query).mappings()
    ]


def record_wakes(connection: Connection, wakes: Sequence[Wake]) -> None:
    # In one order, so that two writers of the same rows wait for each other instead of deadlocking.
    rows = [
        {"image": wake.image, "base": wake.base, "digest": str(wake.digest), "at": wake.at}
        for wake in sorted(wakes, key=lambda one: (one.image, one.base))
    ]
    upsert(connection, woken, ("image", "base"), *rows)


def _watched(row: RowMapping) -> Watched:
    return Watched(
        base=row["base"],
        digest=Digest(row["digest"]),
        since=row["since"],
        platforms=tuple(row["platforms"]),
        settled=row["settled"],
    )
