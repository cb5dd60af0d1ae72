"""What releases met after their release, and what they fall short of now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Column, Connection, String, Table, and_, select

from golden_images.adapters.catalog.metadata import DIGEST, NAME, PREFIX, UtcTime, metadata, words
from golden_images.adapters.catalog.rows import rows_of, upsert
from golden_images.adapters.catalog.session import Session
from golden_images.core.digest import Digest
from golden_images.core.release import Judgement, Shortfall

judgements = Table(
    f"{PREFIX}judgements",
    metadata,
    Column("image", NAME, primary_key=True),
    Column("digest", DIGEST, primary_key=True),
    Column("demands", DIGEST, primary_key=True),
    Column("version", String(128), nullable=False),
    Column("plan", DIGEST, nullable=False),
    Column("at", UtcTime, nullable=False),
)

shortfalls = Table(
    f"{PREFIX}shortfalls",
    metadata,
    Column("image", NAME, primary_key=True),
    Column("stage", NAME, primary_key=True),
    Column("digest", DIGEST, nullable=False),
    Column("demands", DIGEST, nullable=False),
    words("problem"),
    Column("at", UtcTime, nullable=False),
)

_DEFECT = ("image", "stage")


class Judgements(Session):
    def record_judgement(self, judgement: Judgement) -> None:
        self._write(lambda connection: record(connection, judgement))

    def judgements(self, image: str, digest: Digest) -> list[Judgement]:
        return self._read(lambda connection: of_release(connection, image, digest))

    def set_shortfalls(self, image: str, found: Sequence[Shortfall]) -> None:
        self._write(lambda connection: set_shortfalls(connection, image, found))

    def record_shortfall(self, shortfall: Shortfall) -> None:
        self._write(lambda connection: record_shortfall(connection, shortfall))

    def drop_shortfalls(self, image: str, digest: Digest, demands: Digest, stage: str | None = None) -> None:
        self._write(lambda connection: drop_shortfalls(connection, image, digest, demands, stage))

    def shortfalls(self, images: Sequence[str]) -> dict[str, list[Shortfall]]:
        return self._read(lambda connection: shortfalls_of(connection, images)) if images else {}


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
