"""Candidates: what each build gave, written down before anybody sees it."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Table, and_, select

from golden_images.adapters.catalog.metadata import BUILD_ID, DIGEST, NAME, PREFIX, UtcTime, metadata
from golden_images.adapters.catalog.rows import insert_new
from golden_images.adapters.catalog.session import Session
from golden_images.core.digest import Digest
from golden_images.core.release import Candidate

candidates = Table(
    f"{PREFIX}candidates",
    metadata,
    Column("image", NAME, primary_key=True),
    Column("build_id", BUILD_ID, primary_key=True),
    Column("plan", DIGEST, nullable=False),
    Column("digest", DIGEST, nullable=False),
    Column("at", UtcTime, nullable=False),
)


class Candidates(Session):
    def candidate(self, image: str, build_id: str) -> Candidate | None:
        return self._read(lambda connection: of_build(connection, image, build_id))

    def propose_candidate(self, candidate: Candidate, instead_of: Digest | None = None) -> Candidate:
        return self._write(lambda connection: propose(connection, candidate, instead_of))


def of_build(connection: Connection, image: str, build_id: str) -> Candidate | None:
    query = select(candidates).where(candidates.c.image == image, candidates.c.build_id == build_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    return Candidate(row["image"], row["build_id"], Digest(row["plan"]), Digest(row["digest"]), row["at"])


def propose(connection: Connection, candidate: Candidate, instead_of: Digest | None) -> Candidate:
    values = {
        "image": candidate.image,
        "build_id": candidate.build_id,
        "plan": str(candidate.plan),
        "digest": str(candidate.digest),
        "at": candidate.at,
    }
    if not insert_new(connection, candidates, ("image", "build_id"), values) and instead_of is not None:
        # Of two writers, PostgreSQL lets the second look again at what the first one wrote.
        replaced = and_(
            candidates.c.image == candidate.image,
            candidates.c.build_id == candidate.build_id,
            candidates.c.digest == str(instead_of),
        )
        connection.execute(candidates.update().where(replaced).values(values))
    # A statement of its own: PostgreSQL then sees the row of whoever was first.
    standing = of_build(connection, candidate.image, candidate.build_id)
    assert standing is not None
    return standing
