"""Releases, who may make them (claims), and builds that gave nothing new."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    FromClause,
    RowMapping,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
)

from golden_images.adapters.catalog.rows import (
    distinct,
    insert_new,
    reason_columns,
    reason_of,
    rows_each,
    rows_of,
    upsert,
)
from golden_images.adapters.catalog.tables import claims, identical_builds, release_states, releases
from golden_images.core.digest import Digest
from golden_images.core.release import Release, ReleaseState
from golden_images.errors import IntegrityError

_BUILD = ("image", "build_id")
_STATE = func.coalesce(release_states.c.state, ReleaseState.GOOD.value).label("state")
_OF_RELEASE = and_(release_states.c.image == releases.c.image, release_states.c.digest == releases.c.digest)
_WITH_STATE = select(releases, _STATE).select_from(releases.outerjoin(release_states, _OF_RELEASE))
_NEWEST_FIRST = (releases.c.released_at.desc(), releases.c.version.desc(), releases.c.image)


def images(connection: Connection) -> list[str]:
    return distinct(connection, releases.c.image)


def of_image(connection: Connection, image: str) -> list[Release]:
    return _all(connection, _newest_first(releases.c.image == image))


def find(connection: Connection, version: str, digits: str) -> list[Release]:
    condition: ColumnElement[bool] = releases.c.version == version
    if digits:
        # A range, because an index in the database's own collation does not serve LIKE. No digit is a g.
        first = f"sha256:{digits}"
        condition = or_(condition, and_(releases.c.digest >= first, releases.c.digest < f"{first}g"))
    return _all(connection, _newest_first(condition))


def current(connection: Connection, image: str) -> Release | None:
    return currents(connection, [image]).get(image)


def currents(connection: Connection, images: Iterable[str]) -> dict[str, Release]:
    def newest(asked: CTE) -> Select[Any]:
        one = releases.alias()
        version = (
            select(one.c.version)
            .where(one.c.image == asked.c.image, one.c.backfill.is_(False), ~_revoked(one))
            .order_by(one.c.released_at.desc(), one.c.version.desc())
            .limit(1)
            .scalar_subquery()
        )
        return _WITH_STATE.join(asked, and_(releases.c.image == asked.c.image, releases.c.version == version))

    wanted = [(image,) for image in images]
    found = rows_each(connection, newest, [releases.c.image], wanted)
    return {row["image"]: _release(row) for row in found}


def by_digest(connection: Connection, digest: Digest) -> Release | None:
    return _first(connection, releases.c.digest == digest)


def of_build(connection: Connection, image: str, build_id: str) -> Release | None:
    own = _first(connection, and_(releases.c.image == image, releases.c.build_id == build_id))
    if own:
        return own
    same = select(identical_builds.c.digest).where(
        identical_builds.c.image == image, identical_builds.c.build_id == build_id
    )
    return _first(connection, and_(releases.c.image == image, releases.c.digest.in_(same)))


def of_builds(connection: Connection, image: str, build_ids: Iterable[str]) -> dict[str, Release]:
    wanted = list(build_ids)
    same = select(identical_builds).where(identical_builds.c.image == image)
    twins = {
        row["build_id"]: row["digest"]
        for row in rows_of(connection, same, identical_builds.c.build_id, wanted)
    }
    query = _newest_first(releases.c.image == image)
    by_digest = _first_of(rows_of(connection, query, releases.c.digest, set(twins.values())), "digest")
    own = _first_of(rows_of(connection, query, releases.c.build_id, wanted), "build_id")
    return {build: by_digest[digest] for build, digest in twins.items() if digest in by_digest} | own


def on(connection: Connection, image: str, bases: Iterable[str]) -> list[Release]:
    query = _WITH_STATE.where(releases.c.image == image)
    found = [_release(row) for row in rows_of(connection, query, releases.c.base_digest, set(bases))]
    return sorted(found, key=lambda release: (release.released_at, release.version), reverse=True)


def claim(connection: Connection, image: str, build_id: str, digest: Digest) -> Digest:
    values = {"image": image, "build_id": build_id, "digest": str(digest)}
    if not insert_new(connection, claims, _BUILD, values):
        mine = and_(claims.c.image == image, claims.c.build_id == build_id)
        # Of two writers, PostgreSQL lets the second look again at what the first one wrote.
        connection.execute(claims.update().where(mine, _revoked(claims)).values(digest=str(digest)))
    # A statement of its own: PostgreSQL then sees the row of whoever was first.
    return Digest(
        connection.scalars(
            select(claims.c.digest).where(claims.c.image == image, claims.c.build_id == build_id)
        ).one()
    )


def record(connection: Connection, release: Release) -> None:
    """Raises IntegrityError if the version stands for another digest: a version never moves."""
    values: dict[str, Any] = {
        "image": release.image,
        "version": release.version,
        "digest": str(release.digest),
        "build_id": release.build_id,
        **reason_columns(release.reason),
        "released_at": release.released_at,
        "plan": str(release.plan),
        "base_name": release.base_name,
        "base_digest": release.base_digest,
        "backfill": release.backfill,
        "facts": dict(release.facts),
        "note": release.note,
        "actor": release.actor,
        "source_id": release.source_id,
    }
    key = ("image", "version")
    if not insert_new(connection, releases, key, values):
        same_version = and_(releases.c.image == release.image, releases.c.version == release.version)
        standing = connection.scalars(select(releases.c.digest).where(same_version).with_for_update()).one()
        if standing != release.digest:
            raise IntegrityError(
                f"{release.image}: version {release.version} is released already, as another digest",
                cause=f"the catalog has {standing}, now came {release.digest}",
                remedy="look which of the two the version's tag in the registry is; if it is the new one,"
                " run: golden-images catalog rebuild",
            )
        upsert(connection, releases, key, values)
    # What is released has its claim, also when the release came from a rebuild.
    claim(connection, release.image, release.build_id, release.digest)


def set_state(connection: Connection, image: str, digest: Digest, state: ReleaseState) -> None:
    values = {"image": image, "digest": str(digest), "state": state.value}
    upsert(connection, release_states, ("image", "digest"), values)


def record_identical(connection: Connection, image: str, build_id: str, digest: Digest) -> None:
    values = {"image": image, "build_id": build_id, "digest": str(digest)}
    upsert(connection, identical_builds, _BUILD, values)


def _revoked(of: FromClause) -> ColumnElement[bool]:
    """Whether the digest of a row of ``of`` is revoked."""
    return exists().where(
        release_states.c.image == of.c.image,
        release_states.c.digest == of.c.digest,
        release_states.c.state == ReleaseState.REVOKED.value,
    )


def _newest_first(condition: ColumnElement[bool]) -> Select[Any]:
    return _WITH_STATE.where(condition).order_by(*_NEWEST_FIRST)


def _all(connection: Connection, query: Select[Any]) -> list[Release]:
    return [_release(row) for row in connection.execute(query).mappings()]


def _first(connection: Connection, condition: ColumnElement[bool]) -> Release | None:
    found = _all(connection, _newest_first(condition).limit(1))
    return found[0] if found else None


def _first_of(rows: Iterable[RowMapping], key: str) -> dict[str, Release]:
    """By ``key``, the first of ``rows`` that has it."""
    found: dict[str, Release] = {}
    for row in rows:
        found.setdefault(row[key], _release(row))
    return found


def _release(row: RowMapping) -> Release:
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
