"""The catalog's tables. A change here needs a migration; a test compares the two.

Everything is prefixed, so that the catalog may share a database with Airflow.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.types import TypeDecorator

PREFIX = "golden_images_"


class UtcTime(TypeDecorator[datetime]):
    """Written as UTC and read with its zone, also where the database knows no zones (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: ``sha256:`` and 64 hex digits.
_DIGEST = String(71)
#: A definition's name, a channel or a stage.
_NAME = String(100)
_BUILD_ID = String(64)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _reason() -> list[Column[Any]]:
    return [Column("why", String(40), nullable=False), _text("old"), _text("new"), _text("detail")]


def _asked() -> list[Column[Any]]:
    return [Column(name, Text, nullable=False, server_default=text("''")) for name in ("note", "actor")]


releases = Table(
    f"{PREFIX}releases",
    metadata,
    Column("image", _NAME, primary_key=True),
    Column("version", String(128), primary_key=True),
    Column("digest", _DIGEST, nullable=False, index=True),
    Column("build_id", _BUILD_ID, nullable=False),
    *_reason(),
    Column("released_at", UtcTime, nullable=False),
    Column("plan", _DIGEST, nullable=False),
    _text("base_name"),
    _text("base_digest"),
    Column("backfill", Boolean, nullable=False),
    Column("facts", JSON, nullable=False),
    *_asked(),
    # Empty for releases of a version that had none.
    Column("source_id", _BUILD_ID, nullable=False, server_default=text("''")),
)
Index(None, releases.c.image, releases.c.released_at)
Index(None, releases.c.image, releases.c.base_digest)
Index(None, releases.c.image, releases.c.build_id)
Index(None, releases.c.version)

#: What became of released digests. Not a column of theirs: a rebuild empties that table.
release_states = Table(
    f"{PREFIX}release_states",
    metadata,
    Column("image", _NAME, primary_key=True),
    Column("digest", _DIGEST, primary_key=True),
    Column("state", String(20), nullable=False),
)

candidates = Table(
    f"{PREFIX}candidates",
    metadata,
    Column("image", _NAME, primary_key=True),
    Column("build_id", _BUILD_ID, primary_key=True),
    Column("plan", _DIGEST, nullable=False),
    Column("digest", _DIGEST, nullable=False),
    Column("at", UtcTime, nullable=False),
)

claims = Table(
    f"{PREFIX}claims",
    metadata,
    Column("image", _NAME, primary_key=True),
    Column("build_id", _BUILD_ID, primary_key=True),
    Column("digest", _DIGEST, nullable=False),
)

identical_builds = Table(
    f"{PREFIX}identical_builds",
    metadata,
    Column("image", _NAME, primary_key=True),
    Column("build_id", _BUILD_ID, primary_key=True),
    Column("digest", _DIGEST, nullable=False),
)

evidence = Table(
    f"{PREFIX}evidence",
    metadata,
    Column("image", _NAME, primary_key=True),
    Column("subject", _DIGEST, primary_key=True),
    Column("stage", _NAME, primary_key=True),
    Column("mark", _NAME, primary_key=True, server_default=text("''")),
    Column("attempt", Integer, primary_key=True, autoincrement=False, server_default=text("0")),
    Column("digest", _DIGEST, primary_key=True),
    _text("artifact_type"),
    Column("created", UtcTime, nullable=False),
)

judgements = Table(
    f"{PREFIX}judgements",
    metadata,
    Column("image", _NAME, primary_key=True),
    Column("digest", _DIGEST, primary_key=True),
    Column("demands", _DIGEST, primary_key=True),
    Column("version", String(128), nullable=False),
    Column("plan", _DIGEST, nullable=False),
    Column("at", UtcTime, nullable=False),
)

shortfalls = Table(
    f"{PREFIX}shortfalls",
    metadata,
    Column("image", _NAME, primary_key=True),
    Column("stage", _NAME, primary_key=True),
    Column("digest", _DIGEST, nullable=False),
    Column("demands", _DIGEST, nullable=False),
    _text("problem"),
    Column("at", UtcTime, nullable=False),
)

moves = Table(
    f"{PREFIX}channel_moves",
    metadata,
    # The order of arrival, which decides between moves at the same microsecond.
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("image", _NAME, nullable=False),
    Column("channel", _NAME, nullable=False),
    Column("digest", _DIGEST, nullable=False),
    Column("previous", String(71), nullable=False),
    Column("at", UtcTime, nullable=False),
    _text("actor"),
    UniqueConstraint("image", "channel", "at", "digest"),
)
Index(None, moves.c.image, moves.c.at)

decisions = Table(
    f"{PREFIX}decisions",
    metadata,
    Column("image", _NAME, primary_key=True),
    Column("run_id", String(250), primary_key=True),
    Column("at", UtcTime, nullable=False),
    *_reason(),
    Column("build_id", _BUILD_ID, nullable=False),
    *_asked(),
    Column("plan", _DIGEST, nullable=True),
    Column("backfill", Boolean, nullable=False, server_default=false()),
)
Index(None, decisions.c.image, decisions.c.at)

failures = Table(
    f"{PREFIX}failures",
    metadata,
    Column("image", _NAME, primary_key=True),
    Column("run_id", String(250), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("stage", _NAME, nullable=False),
)

base_facts = Table(
    f"{PREFIX}base_versions",
    metadata,
    # The order of arrival, which decides between digests at the same second.
    Column("id", Integer, primary_key=True, autoincrement=True),
    _text("base"),
    Column("digest", _DIGEST, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("platforms", JSON, nullable=False),
    Column("tag", String(128), nullable=False),
    Column("source", String(20), nullable=False),
    UniqueConstraint("base", "at", "digest"),
)

watched = Table(
    f"{PREFIX}watched_bases",
    metadata,
    Column("base", Text, primary_key=True),
    Column("digest", _DIGEST, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("platforms", JSON, nullable=False),
    Column("settled", UtcTime, nullable=True),
    Column("poked", Boolean, nullable=False),
)

wakes = Table(
    f"{PREFIX}wakes",
    metadata,
    Column("image", _NAME, primary_key=True),
    Column("base", Text, primary_key=True),
    Column("digest", _DIGEST, nullable=False),
    Column("at", UtcTime, nullable=False),
)

#: What the build stages of each image's newest plan begin with.
stage_bases = Table(
    f"{PREFIX}stage_bases",
    metadata,
    Column("image", _NAME, primary_key=True),
    Column("base", Text, primary_key=True),
    Column("digest", _DIGEST, nullable=False),
    Column("platforms", JSON, nullable=False),
)

advisories = Table(
    f"{PREFIX}advisories",
    metadata,
    Column("digest", _DIGEST, primary_key=True),
    Column("name", _NAME, nullable=False),
    _text("version"),
    Column("built", UtcTime, nullable=False),
    Column("records", Integer, nullable=False),
    _text("source"),
    Column("imported_at", UtcTime, nullable=False),
)
Index(None, advisories.c.name, advisories.c.imported_at)

scans = Table(
    f"{PREFIX}scans",
    metadata,
    # The order of arrival: the oldest go first.
    Column("id", Integer, primary_key=True, autoincrement=True),
    #: Of what the answer depends on.
    Column("key", _DIGEST, nullable=False, unique=True),
    Column("sbom", _DIGEST, nullable=False),
    Column("scanner", _NAME, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
Index(None, scans.c.sbom, scans.c.scanner)
