"""What releases met after their release, and what they fall short of now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, and_, select

from golden_images.adapters.catalog.rows import rows_of, upsert
from golden_images.adapters.catalog.tables import judgements, shortfalls
from golden_images.core.digest import Digest
from golden_images.core.release import Judgement, Shortfall

_DEFECT = ("image", "stage")


def record(connection: Connection, judgement: Judgement) -> None:
    values = {
        "image": judgement.image,
        "digest": str(judgement.digest),
        "demands": str(judgement.demands),
        "version": judgement.version,
        "plan": str(judgement.plan),
        "at": judgement.at,
    }
    upsert(connection, judgements, ("image", "digest", "demands"), values)


def of_release(connection: Connection, image: str, digest: Digest) -> list[Judgement]:
    query = (
        select(judgements)
        .where(judgements.c.image == image, judgements.c.digest == digest)
        .order_by(judgements.c.at.desc(), judgements.c.demands)
    )
    return [
        Judgement(
            image=row["image"],
            version=row["version"],
            digest=Digest(row["digest"]),
            demands=Digest(row["demands"]),
            plan=Digest(row["plan"]),
            at=row["at"],
        )
        for row in connection.execute(query).mappings()
    ]


def set_shortfalls(connection: Connection, image: str, found: Sequence[Shortfall]) -> None:
    connection.execute(shortfalls.delete().where(shortfalls.c.image == image))
    for one in found:
        record_shortfall(connection, one)


def record_shortfall(connection: Connection, shortfall: Shortfall) -> None:
    values = {
        "image": shortfall.image,
        "stage": shortfall.stage,
        "digest": str(shortfall.digest),
        "demands": str(shortfall.demands),
        "problem": shortfall.problem,
        "at": shortfall.at,
    }
    upsert(connection, shortfalls, _DEFECT, values)


def drop_shortfalls(
    connection: Connection, image: str, digest: Digest, demands: Digest, stage: str | None
) -> None:
    ours = and_(shortfalls.c.image == image, shortfalls.c.digest == digest, shortfalls.c.demands == demands)
    if stage is not None:
        ours = and_(ours, shortfalls.c.stage == stage)
    connection.execute(shortfalls.delete().where(ours))


def shortfalls_of(connection: Connection, images: Iterable[str]) -> dict[str, list[Shortfall]]:
    query = select(shortfalls).order_by(shortfalls.c.at, shortfalls.c.stage)
    found: dict[str, list[Shortfall]] = {}
    for row in rows_of(connection, query, shortfalls.c.image, images):
        one = Shortfall(
            image=row["image"],
            stage=row["stage"],
            digest=Digest(row["digest"]),
            demands=Digest(row["demands"]),
            problem=row["problem"],
            at=row["at"],
        )
        found.setdefault(one.image, []).append(one)
    return found
