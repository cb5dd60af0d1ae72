"""Manifests of plans and candidates, word for word."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from sqlalchemy import Column, Connection, Integer, LargeBinary, Table, UniqueConstraint, select

from golden_images.adapters.catalog.metadata import DIGEST, NAME, PREFIX, metadata, words
from golden_images.adapters.catalog.rows import insert_new
from golden_images.adapters.catalog.session import Session
from golden_images.core.digest import Digest
from golden_images.ports import Descriptor, Manifest

manifests = Table(
    f"{PREFIX}manifests",
    metadata,
    # The order of arrival: the oldest go first.
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("image", NAME, nullable=False),
    Column("digest", DIGEST, nullable=False),
    words("media_type"),
    Column("content", LargeBinary, nullable=False),
    UniqueConstraint("image", "digest"),
)

#: An image's, the newest: some hundred runs.
KEPT = 300


class Manifests(Session):
    def keep_manifests(self, image: str, kept: Sequence[Manifest]) -> None:
        self._write(lambda connection: keep(connection, image, kept))

    def kept_manifest(self, image: str, digest: Digest) -> Manifest | None:
        return self._read(lambda connection: of(connection, image, digest))


def keep(connection: Connection, image: str, kept: Sequence[Manifest]) -> None:
    for manifest in kept:
        values = {
            "image": image,
            "digest": str(manifest.descriptor.digest),
            "media_type": manifest.descriptor.media_type,
            # A plan's holds the plan in base64: a third is left.
            "content": zlib.compress(manifest.content, 6),
        }
        insert_new(connection, manifests, ("image", "digest"), values)
    ours = manifests.c.image == image
    newest = select(manifests.c.id).where(ours).order_by(manifests.c.id.desc()).limit(KEPT)
    connection.execute(manifests.delete().where(ours, manifests.c.id.not_in(newest)))


def of(connection: Connection, image: str, digest: Digest) -> Manifest | None:
    query = select(manifests).where(manifests.c.image == image, manifests.c.digest == str(digest))
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    try:
        content = zlib.decompress(row["content"])
    except zlib.error:
        return None
    if Digest.of(content) != digest:
        return None
    return Manifest(Descriptor(row["media_type"], digest, len(content)), content)
