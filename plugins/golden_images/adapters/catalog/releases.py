"""Releases: which there are, which is current, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Select, and_, or_, select

from golden_images.adapters.catalog.builds import claim
from golden_images.adapters.catalog.released import (
    WITH_STATE,
    all_of,
    first,
    newest_first,
    release_of,
    release_states,
    releases,
    revoked,
)
from golden_images.adapters.catalog.rows import (
    distinct,
    insert_new,
    reason_columns,
    rows_each,
    rows_of,
    upsert,
)
from golden_images.adapters.catalog.session import Session
from golden_images.core.digest import Digest
from golden_images.core.release import Release, ReleaseState
from golden_images.errors import IntegrityError


class Releases(Session):
    def images(self) -> list[str]:
        return self._read(images)

    def current(self, image: str) -> Release | None:
        return self._read(lambda connection: current(connection, image))

    def currents(self, images: Sequence[str]) -> dict[str, Release]:
        return self._read(lambda connection: currents(connection, images)) if images else {}

    def releases(self, image: str) -> list[Release]:
        return self._read(lambda connection: of_image(connection, image))

    def find_releases(self, version: str, digits: str = "") -> list[Release]:
        return self._read(lambda connection: find(connection, version, digits))

    def release_by_digest(self, digest: Digest) -> Release | None:
        return self._read(lambda connection: by_digest(connection, digest))

    def releases_on(self, image: str, bases: Sequence[str]) -> list[Release]:
        return self._read(lambda connection: on(connection, image, bases)) if bases else []

    def record_release(self, release: Release) -> None:
        self._write(lambda connection: record(connection, release))

    def set_release_state(self, image: str, digest: Digest, state: ReleaseState) -> None:
        self._write(lambda connection: set_state(connection, image, digest, state))


def images(connection: Connection) -> list[str]:
    return distinct(connection, releases.c.image)


def of_image(connection: Connection, image: str) -> list[Release]:
    return all_of(connection, newest_first(releases.c.image == image))


def find(connection: Connection, version: str, digits: str) -> list[Release]:
    condition: ColumnElement[bool] = releases.c.version == version
    if digits:
        # A range, because an index in the database's own collation does not serve LIKE. No digit is a g.
        first = f"sha256:{digits}"
        condition = or_(condition, and_(releases.c.digest >= first, releases.c.digest < f"{first}g"))
    return all_of(connection, newest_first(condition))


def current(connection: Connection, image: str) -> Release | None:
    return currents(connection, [image]).get(image)


def currents(connection: Connection, images: Iterable[str]) -> dict[str, Release]:
    def newest(asked: CTE) -> Select[Any]:
        one = releases.alias()
        version = (
            select(one.c.version)
            .where(one.c.image == asked.c.image, one.c.backfill.is_(False), ~revoked(one))
            .order_by(one.c.released_at.desc(), one.c.version.desc())
            .limit(1)
            .scalar_subquery()
        )
        return WITH_STATE.join(asked, and_(releases.c.image == asked.c.image, releases.c.version == version))

    wanted = [(image,) for image in images]
    found = rows_each(connection, newest, [releases.c.image], wanted)
    return {row["image"]: release_of(row) for row in found}


def by_digest(connection: Connection, digest: Digest) -> Release | None:
    return first(connection, releases.c.digest == digest)


def on(connection: Connection, image: str, bases: Iterable[str]) -> list[Release]:
    query = WITH_STATE.where(releases.c.image == image)
    found = [release_of(row) for row in rows_of(connection, query, releases.c.base_digest, set(bases))]
    return sorted(found, key=lambda release: (release.released_at, release.version), reverse=True)


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
