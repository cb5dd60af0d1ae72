"""What the catalog's tables have in common. Each subject's file has its own; a change of one needs a
migration, and a test compares the two.

Everything is prefixed, so that the catalog may share a database with Airflow.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    MetaData,
    String,
    Text,
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
DIGEST = String(71)
#: A definition's name, a channel or a stage.
NAME = String(100)
BUILD_ID = String(64)


def words(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def reason_fields() -> list[Column[Any]]:
    return [Column("why", String(40), nullable=False), words("old"), words("new"), words("detail")]


def asked_fields() -> list[Column[Any]]:
    return [Column(name, Text, nullable=False, server_default=text("''")) for name in ("note", "actor")]
