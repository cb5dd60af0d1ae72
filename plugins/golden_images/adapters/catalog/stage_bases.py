"""What the build stages of each image's newest plan begin with."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import JSON, Column, Connection, Table, Text, select

from golden_images.adapters.catalog.ledger import one_writer
from golden_images.adapters.catalog.metadata import DIGEST, NAME, PREFIX, metadata
from golden_images.adapters.catalog.session import Session
from golden_images.core.digest import Digest
from golden_images.core.watching import StageBase

stage_bases = Table(
    f"{PREFIX}stage_bases",
    metadata,
    Column("image", NAME, primary_key=True),
    Column("base", Text, primary_key=True),
    Column("digest", DIGEST, nullable=False),
    Column("platforms", JSON, nullable=False),
)


class StageBases(Session):
    def set_stage_bases(self, image: str, found: Sequence[StageBase]) -> None:
        stands = self._read(lambda connection: of_images(connection, image))
        if stands.get(image, []) != sorted(found, key=lambda one: one.base):
            self._write(lambda connection: replace(connection, image, found))

    def stage_bases(self) -> dict[str, list[StageBase]]:
        return self._read(of_images)


def replace(connection: Connection, image: str, found: Sequence[StageBase]) -> None:
    one_writer(connection)
    connection.execute(stage_bases.delete().where(stage_bases.c.image == image))
    if found:
        connection.execute(
            stage_bases.insert(),
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


def of_images(connection: Connection, image: str | None = None) -> dict[str, list[StageBase]]:
    """Of all images, or of one."""
    query = select(stage_bases).order_by(stage_bases.c.image, stage_bases.c.base)
    found: dict[str, list[StageBase]] = {}
    for row in connection.execute(
        query if image is None else query.where(stage_bases.c.image == image)
    ).mappings():
        one = StageBase(row["base"], Digest(row["digest"]), tuple(row["platforms"]))
        found.setdefault(row["image"], []).append(one)
    return found
