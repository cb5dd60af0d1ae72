"""Rows of releases with their states: what reads them and what writes them have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Index,
    RowMapping,
    Select,
    String,
    Table,
    and_,
    exists,
    func,
    select,
    text,
)

from golden_images.adapters.catalog.metadata import (
    BUILD_ID,
    DIGEST,
    NAME,
    PREFIX,
    UtcTime,
    asked_fields,
    metadata,
    reason_fields,
    words,
)
from golden_images.adapters.catalog.rows import reason_of
from golden_images.core.digest import Digest
from golden_images.core.release import Release, ReleaseState

releases = Table(
    f"{PREFIX}releases",
    metadata,
    Column("image", NAME, primary_key=True),
    Column("version", String(128), primary_key=True),
    Column("digest", DIGEST, nullable=False, index=True),
    Column("build_id", BUILD_ID, nullable=False),
    *reason_fields(),
    Column("released_at", UtcTime, nullable=False),
    Column("plan", DIGEST, nullable=False),
    words("base_name"),
    words("base_digest"),
    Column("backfill", Boolean, nullable=False),
    Column("facts", JSON, nullable=False),
    *asked_fields(),
    # Empty for releases of a version that had none.
    Column("source_id", BUILD_ID, nullable=False, server_default=text("''")),
)
Index(None, releases.c.image, releases.c.released_at)
Index(None, releases.c.image, releases.c.base_digest)
Index(None, releases.c.image, releases.c.build_id)
Index(None, releases.c.version)

#: What became of released digests. Not a column of theirs: a rebuild empties that table.
release_states = Table(
    f"{PREFIX}release_states",
    metadata,
    Column("image", NAME, primary_key=True),
    Column("digest", DIGEST, primary_key=True),
    Column("state", String(20), nullable=False),
)

_STATE = func.coalesce(release_states.c.state, ReleaseState.GOOD.value).label("state")
_OF_RELEASE = and_(release_states.c.image == releases.c.image, release_states.c.digest == releases.c.digest)
WITH_STATE = select(releases, _STATE).select_from(releases.outerjoin(release_states, _OF_RELEASE))
_NEWEST_FIRST = (releases.c.released_at.desc(), releases.c.version.desc(), releases.c.image)


def revoked(of: FromClause) -> ColumnElement[bool]:
    """Whether the digest of a row of ``of`` is revoked."""
    return exists().where(
        release_states.c.image == of.c.image,
        release_states.c.digest == of.c.digest,
        release_states.c.state == ReleaseState.REVOKED.value,
    )


def newest_first(condition: ColumnElement[bool]) -> Select[Any]:
    return WITH_STATE.where(condition).order_by(*_NEWEST_FIRST)


def all_of(connection: Connection, query: Select[Any]) -> list[Release]:
    return [release_of(row) for row in connection.execute(query).mappings()]


def first(connection: Connection, condition: ColumnElement[bool]) -> Release | None:
    found = all_of(connection, newest_first(condition).limit(1))
    return found[0] if found else None


def first_of(rows: Iterable[RowMapping], key: str) -> dict[str, Release]:
    """By ``key``, the first of ``rows`` that has it."""
    found: dict[str, Release] = {}
    for row in rows:
        found.setdefault(row[key], release_of(row))
    return found


def release_of(row: RowMapping) -> Release:
    return Release(
        image=row["image"],
        version=row["version"],
        digest=Digest(row["digest"]),
        build_id=row["build_id"],
        reason=reason_of(row),
        released_at=row["released_at"],
        plan=Digest(row["plan"]),
        base_name=row["base_name"],
        base_digest=row["base_digest"],
        backfill=row["backfill"],
        facts=row["facts"],
        note=row["note"],
        actor=row["actor"],
        source_id=row["source_id"],
        state=ReleaseState(row["state"]),
    )
