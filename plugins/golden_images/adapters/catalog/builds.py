"""What each build gave: who may release it (claims), and builds that gave nothing new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Column, Connection, Table, and_, exists, or_, select

from golden_images.adapters.catalog.metadata import BUILD_ID, DIGEST, NAME, PREFIX, metadata
from golden_images.adapters.catalog.released import first, first_of, newest_first, releases, revoked
from golden_images.adapters.catalog.rows import insert_new, rows_of, upsert
from golden_images.adapters.catalog.session import Session
from golden_images.core.digest import Digest
from golden_images.core.release import Release

_BUILD = ("image", "build_id")

claims = Table(
    f"{PREFIX}claims",
    metadata,
    Column("image", NAME, primary_key=True),
    Column("build_id", BUILD_ID, primary_key=True),
    Column("digest", DIGEST, nullable=False),
)

identical_builds = Table(
    f"{PREFIX}identical_builds",
    metadata,
    Column("image", NAME, primary_key=True),
    Column("build_id", BUILD_ID, primary_key=True),
    Column("digest", DIGEST, nullable=False),
)


class Builds(Session):
    def release_of_build(self, image: str, build_id: str) -> Release | None:
        return self._read(lambda connection: of_build(connection, image, build_id))

    def releases_of_builds(self, image: str, build_ids: Sequence[str]) -> dict[str, Release]:
        if not build_ids:
            return {}
        return self._read(lambda connection: of_builds(connection, image, build_ids))

    def claim(self, image: str, build_id: str, digest: Digest, instead_of: Digest | None = None) -> Digest:
        return self._write(lambda connection: claim(connection, image, build_id, digest, instead_of))

    def record_identical(self, image: str, build_id: str, digest: Digest) -> None:
        self._write(lambda connection: record_identical(connection, image, build_id, digest))


def of_build(connection: Connection, image: str, build_id: str) -> Release | None:
    own = first(connection, and_(releases.c.image == image, releases.c.build_id == build_id))
    if own:
        return own
    same = select(identical_builds.c.digest).where(
        identical_builds.c.image == image, identical_builds.c.build_id == build_id
    )
    return first(connection, and_(releases.c.image == image, releases.c.digest.in_(same)))


def of_builds(connection: Connection, image: str, build_ids: Iterable[str]) -> dict[str, Release]:
    wanted = list(build_ids)
    same = select(identical_builds).where(identical_builds.c.image == image)
    twins = {
        row["build_id"]: row["digest"]
        for row in rows_of(connection, same, identical_builds.c.build_id, wanted)
    }
    query = newest_first(releases.c.image == image)
    by_digest = first_of(rows_of(connection, query, releases.c.digest, set(twins.values())), "digest")
    own = first_of(rows_of(connection, query, releases.c.build_id, wanted), "build_id")
    return {build: by_digest[digest] for build, digest in twins.items() if digest in by_digest} | own


def claim(
    connection: Connection, image: str, build_id: str, digest: Digest, instead_of: Digest | None = None
) -> Digest:
    values = {"image": image, "build_id": build_id, "digest": str(digest)}
    if not insert_new(connection, claims, _BUILD, values):
        mine = and_(claims.c.image == image, claims.c.build_id == build_id)
        released = exists().where(releases.c.image == claims.c.image, releases.c.digest == claims.c.digest)
        given_up = and_(claims.c.digest == str(instead_of or ""), ~released)
        # Of two writers, PostgreSQL lets the second look again at what the first one wrote.
        gives_way = or_(revoked(claims), given_up)
        connection.execute(claims.update().where(mine, gives_way).values(digest=str(digest)))
    # A statement of its own: PostgreSQL then sees the row of whoever was first.
    return Digest(
        connection.scalars(
            select(claims.c.digest).where(claims.c.image == image, claims.c.build_id == build_id)
        ).one()
    )


def record_identical(connection: Connection, image: str, build_id: str, digest: Digest) -> None:
    values = {"image": image, "build_id": build_id, "digest": str(digest)}
    upsert(connection, identical_builds, _BUILD, values)
