"""What is known of releases now, and what builds were asked for because of it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Column, Connection, LargeBinary, RowMapping, Table, select

from golden_images.adapters.catalog.metadata import DIGEST, NAME, PREFIX, UtcTime, metadata, words
from golden_images.adapters.catalog.rows import rows_of, upsert
from golden_images.adapters.catalog.session import Session
from golden_images.core.digest import Digest
from golden_images.core.findings import Level
from golden_images.core.rescanning.known import FINDINGS, Rescan, RescanSummary

rescans = Table(
    f"{PREFIX}rescans",
    metadata,
    Column("image", NAME, primary_key=True),
    Column("digest", DIGEST, primary_key=True),
    Column("at", UtcTime, nullable=False),
    #: How many are open, by severity, as JSON: what a list needs of a thousand images.
    words("open"),
    words("problem"),
    words("unmet"),
    #: All findings, which are read and written together: a row for each would be millions.
    Column("findings", LargeBinary, nullable=False),
)

rebuilds = Table(
    f"{PREFIX}rebuilds_asked",
    metadata,
    Column("image", NAME, primary_key=True),
    words("marks"),
    Column("at", UtcTime, nullable=False),
)


class Rescans(Session):
    def record_rescan(self, rescan: Rescan) -> None:
        self._write(lambda connection: record(connection, rescan))

    def rescan(self, image: str, digest: Digest) -> Rescan | None:
        return self._read(lambda connection: rescan_of(connection, image, digest))

    def rescans(self, images: Sequence[str]) -> dict[str, dict[Digest, RescanSummary]]:
        return self._read(lambda connection: summaries(connection, images)) if images else {}

    def keep_rescans(self, image: str, digests: Collection[Digest]) -> None:
        self._write(lambda connection: keep(connection, image, digests))

    def set_rebuilds_asked(self, image: str, marks: Collection[str], at: datetime) -> None:
        self._write(lambda connection: set_asked(connection, image, marks, at))

    def rebuilds_asked(self, images: Sequence[str]) -> dict[str, frozenset[str]]:
        return self._read(lambda connection: asked(connection, images)) if images else {}


def record(connection: Connection, rescan: Rescan) -> None:
    values = {
        "image": rescan.image,
        "digest": str(rescan.digest),
        "at": rescan.at,
        "open": json.dumps(rescan.summary.open),
        "problem": rescan.problem,
        "unmet": json.dumps(rescan.unmet),
        # Findings repeat their words: a tenth is left.
        "findings": zlib.compress(FINDINGS.dump_json(rescan.findings, exclude_defaults=True), 6),
    }
    upsert(connection, rescans, ("image", "digest"), values)


def rescan_of(connection: Connection, image: str, digest: Digest) -> Rescan | None:
    query = select(rescans).where(rescans.c.image == image, rescans.c.digest == str(digest))
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    return Rescan(
        image=row["image"],
        digest=Digest(row["digest"]),
        at=row["at"],
        findings=FINDINGS.validate_json(zlib.decompress(row["findings"])),
        problem=row["problem"],
        unmet=tuple(json.loads(row["unmet"])),
    )


def summaries(connection: Connection, images: Sequence[str]) -> dict[str, dict[Digest, RescanSummary]]:
    query = select(*(column for column in rescans.c if column is not rescans.c.findings))
    found: dict[str, dict[Digest, RescanSummary]] = {}
    for row in rows_of(connection, query, rescans.c.image, images):
        one = _summary(row)
        found.setdefault(one.image, {})[one.digest] = one
    return found


def keep(connection: Connection, image: str, digests: Collection[Digest]) -> None:
    query = select(rescans.c.digest).where(rescans.c.image == image)
    others = [digest for digest in connection.scalars(query) if digest not in digests]
    for digest in others:
        connection.execute(rescans.delete().where(rescans.c.image == image, rescans.c.digest == digest))


def set_asked(connection: Connection, image: str, marks: Collection[str], at: datetime) -> None:
    if not marks:
        connection.execute(rebuilds.delete().where(rebuilds.c.image == image))
        return
    values = {"image": image, "marks": json.dumps(sorted(marks)), "at": at}
    upsert(connection, rebuilds, ("image",), values)


def asked(connection: Connection, images: Sequence[str]) -> dict[str, frozenset[str]]:
    rows = rows_of(connection, select(rebuilds), rebuilds.c.image, images)
    return {row["image"]: frozenset(json.loads(row["marks"])) for row in rows}


def _summary(row: RowMapping) -> RescanSummary:
    return RescanSummary(
        image=row["image"],
        digest=Digest(row["digest"]),
        at=row["at"],
        open={Level(level): number for level, number in json.loads(row["open"]).items()},
        problem=row["problem"],
        unmet=tuple(json.loads(row["unmet"])),
    )
