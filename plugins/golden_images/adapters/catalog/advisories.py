"""Databases of advisories, and what scans with them said."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Column, Connection, Index, Integer, LargeBinary, RowMapping, Table, Text, select

from golden_images.adapters.catalog.metadata import DIGEST, NAME, PREFIX, UtcTime, metadata, words
from golden_images.adapters.catalog.rows import one_writer, rows_of, upsert
from golden_images.adapters.catalog.session import Session
from golden_images.core.advisories import AdvisoryDatabase, Fetched, ScanKey
from golden_images.core.digest import Digest

advisories = Table(
    f"{PREFIX}advisories",
    metadata,
    Column("digest", DIGEST, primary_key=True),
    Column("name", NAME, nullable=False),
    words("version"),
    Column("built", UtcTime, nullable=False),
    Column("records", Integer, nullable=False),
    words("source"),
    Column("imported_at", UtcTime, nullable=False),
)
Index(None, advisories.c.name, advisories.c.imported_at)

sources = Table(
    f"{PREFIX}advisory_sources",
    metadata,
    Column("address", Text, primary_key=True),
    words("validator"),
    words("path"),
    Column("digest", DIGEST, nullable=False),
)

scans = Table(
    f"{PREFIX}scans",
    metadata,
    # The order of arrival: the oldest go first.
    Column("id", Integer, primary_key=True, autoincrement=True),
    #: Of what the answer depends on.
    Column("key", DIGEST, nullable=False, unique=True),
    Column("sbom", DIGEST, nullable=False),
    Column("scanner", NAME, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
Index(None, scans.c.sbom, scans.c.scanner)

#: Answers a pair of SBOM and scanner: today's database and what a gate or a comparison asked for besides.
KEPT = 4

_NEXT = timedelta(microseconds=1)


class Advisories(Session):
    def record_database(self, database: AdvisoryDatabase) -> None:
        self._write(lambda connection: record(connection, database))

    def propose_database(self, database: AdvisoryDatabase, instead_of: Digest | None) -> AdvisoryDatabase:
        return self._write(lambda connection: propose(connection, database, instead_of))

    def databases(self, name: str | None = None) -> list[AdvisoryDatabase]:
        return self._read(lambda connection: databases(connection, name))

    def database(self, digest: Digest) -> AdvisoryDatabase | None:
        return self._read(lambda connection: database(connection, digest))

    def record_fetched(self, fetched: Fetched) -> None:
        self._write(lambda connection: record_fetched(connection, fetched))

    def fetched(self, address: str) -> Fetched | None:
        return self._read(lambda connection: fetched_of(connection, address))

    def record_scan(self, key: ScanKey, content: bytes) -> None:
        self._write(lambda connection: record_scan(connection, key, content))

    def scan(self, key: ScanKey) -> bytes | None:
        return self.scans([key]).get(key)

    def scans(self, keys: Sequence[ScanKey]) -> dict[ScanKey, bytes]:
        return self._read(lambda connection: scans_of(connection, keys)) if keys else {}


def record(connection: Connection, database: AdvisoryDatabase) -> None:
    values = {
        "digest": str(database.digest),
        "name": database.name,
        "version": database.version,
        "built": database.built,
        "records": database.records,
        "source": database.source,
        "imported_at": database.imported_at,
    }
    upsert(connection, advisories, ("digest",), values)


def propose(
    connection: Connection, database: AdvisoryDatabase, instead_of: Digest | None
) -> AdvisoryDatabase:
    one_writer(connection, advisories.name, database.name)
    standing = next(iter(databases(connection, database.name, limit=1)), None)
    if standing is not None and (standing.digest == database.digest or standing.digest != instead_of):
        return standing
    if standing is not None and database.imported_at <= standing.imported_at:
        database = replace(database, imported_at=standing.imported_at + _NEXT)
    record(connection, database)
    return database


def databases(connection: Connection, name: str | None, limit: int | None = None) -> list[AdvisoryDatabase]:
    query = select(advisories).order_by(
        advisories.c.name, advisories.c.imported_at.desc(), advisories.c.digest
    )
    if name is not None:
        query = query.where(advisories.c.name == name)
    return [_database(row) for row in connection.execute(query.limit(limit)).mappings()]


def database(connection: Connection, digest: Digest) -> AdvisoryDatabase | None:
    query = select(advisories).where(advisories.c.digest == str(digest))
    row = connection.execute(query).mappings().first()
    return None if row is None else _database(row)


def record_fetched(connection: Connection, fetched: Fetched) -> None:
    values = {
        "address": fetched.address,
        "validator": fetched.validator,
        "path": fetched.path,
        "digest": str(fetched.digest),
    }
    upsert(connection, sources, ("address",), values)


def fetched_of(connection: Connection, address: str) -> Fetched | None:
    query = select(sources).where(sources.c.address == address)
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    return Fetched(row["address"], row["validator"], row["path"], Digest(row["digest"]))


def record_scan(connection: Connection, key: ScanKey, content: bytes) -> None:
    values = {
        "key": str(key.digest),
        "sbom": str(key.sbom),
        "scanner": key.scanner,
        # Findings repeat their words: a tenth is left.
        "content": zlib.compress(content, 6),
    }
    upsert(connection, scans, ("key",), values)
    ours = (scans.c.sbom == str(key.sbom), scans.c.scanner == key.scanner)
    kept = select(scans.c.id).where(*ours).order_by(scans.c.id.desc()).limit(KEPT)
    connection.execute(scans.delete().where(*ours, scans.c.id.not_in(kept)))


def scans_of(connection: Connection, keys: Sequence[ScanKey]) -> dict[ScanKey, bytes]:
    asked = {str(key.digest): key for key in keys}
    query = select(scans.c.key, scans.c.content)
    return {
        asked[row["key"]]: zlib.decompress(row["content"])
        for row in rows_of(connection, query, scans.c.key, asked)
    }


def _database(row: RowMapping) -> AdvisoryDatabase:
    return AdvisoryDatabase(
        name=row["name"],
        version=row["version"],
        built=row["built"],
        digest=Digest(row["digest"]),
        records=row["records"],
        source=row["source"],
        imported_at=row["imported_at"],
    )
