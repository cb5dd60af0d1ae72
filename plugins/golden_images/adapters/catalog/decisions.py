"""What runs left behind: decisions and failures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Boolean, Column, Connection, Index, RowMapping, String, Table, exists, false, select

from golden_images.adapters.catalog.metadata import (
    BUILD_ID,
    DIGEST,
    NAME,
    PREFIX,
    UtcTime,
    asked_fields,
    metadata,
    reason_fields,
)
from golden_images.adapters.catalog.rows import reason_columns, reason_of, rows_of, upsert
from golden_images.adapters.catalog.session import Session
from golden_images.core.digest import Digest
from golden_images.core.reason import Why
from golden_images.core.release import Decision, Failure

decisions = Table(
    f"{PREFIX}decisions",
    metadata,
    Column("image", NAME, primary_key=True),
    Column("run_id", String(250), primary_key=True),
    Column("at", UtcTime, nullable=False),
    *reason_fields(),
    Column("build_id", BUILD_ID, nullable=False),
    *asked_fields(),
    Column("plan", DIGEST, nullable=True),
    Column("backfill", Boolean, nullable=False, server_default=false()),
)
Index(None, decisions.c.image, decisions.c.at)

failures = Table(
    f"{PREFIX}failures",
    metadata,
    Column("image", NAME, primary_key=True),
    Column("run_id", String(250), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("stage", NAME, nullable=False),
)


class Decisions(Session):
    def record_decision(self, decision: Decision) -> None:
        self._write(lambda connection: record_decision(connection, decision))

    def decision(self, image: str, run_id: str) -> Decision | None:
        return self._read(lambda connection: decision_of(connection, image, run_id))

    def decisions(self, image: str, limit: int = 20) -> list[Decision]:
        return self._read(lambda connection: decisions_of(connection, image, limit))

    def retired(self, images: Sequence[str]) -> dict[str, Decision]:
        return self._read(lambda connection: retired(connection, images)) if images else {}

    def record_failure(self, failure: Failure) -> None:
        self._write(lambda connection: record_failure(connection, failure))

    def clear_failure(self, image: str, run_id: str) -> None:
        self._write(lambda connection: clear_failure(connection, image, run_id))

    def failures(self, images: Sequence[str]) -> dict[str, Failure]:
        return self._read(lambda connection: failures_of(connection, images)) if images else {}


def record_decision(connection: Connection, decision: Decision) -> None:
    """One a run: a run that decides again, because it was cleared, replaces what it decided."""
    values = {
        "image": decision.image,
        "run_id": decision.run_id,
        "at": decision.at,
        **reason_columns(decision.reason),
        "build_id": decision.build_id,
        "note": decision.note,
        "actor": decision.actor,
        "plan": decision.plan and str(decision.plan),
        "backfill": decision.backfill,
    }
    upsert(connection, decisions, ("image", "run_id"), values)


def decision_of(connection: Connection, image: str, run_id: str) -> Decision | None:
    query = select(decisions).where(decisions.c.image == image, decisions.c.run_id == run_id)
    row = connection.execute(query).mappings().first()
    return _decision(row) if row else None


def decisions_of(connection: Connection, image: str, limit: int) -> list[Decision]:
    query = (
        select(decisions)
        .where(decisions.c.image == image)
        .order_by(decisions.c.at.desc(), decisions.c.run_id.desc())
        .limit(limit)
    )
    return [_decision(row) for row in connection.execute(query).mappings()]


def retired(connection: Connection, images: Iterable[str]) -> dict[str, Decision]:
    query = (
        select(decisions)
        .where(decisions.c.why.in_((Why.RETIRED, Why.RESTORED)))
        .order_by(decisions.c.at, decisions.c.run_id)
    )
    newest = {row["image"]: _decision(row) for row in rows_of(connection, query, decisions.c.image, images)}
    return {image: one for image, one in newest.items() if one.reason.why is Why.RETIRED}


def _decision(row: RowMapping) -> Decision:
    return Decision(
        image=row["image"],
        run_id=row["run_id"],
        at=row["at"],
        reason=reason_of(row),
        build_id=row["build_id"],
        note=row["note"],
        actor=row["actor"],
        plan=Digest(row["plan"]) if row["plan"] else None,
        backfill=row["backfill"],
    )


def record_failure(connection: Connection, failure: Failure) -> None:
    """One an image: the last."""
    values = {"image": failure.image, "run_id": failure.run_id, "at": failure.at, "stage": failure.stage}
    upsert(connection, failures, ("image",), values)


def clear_failure(connection: Connection, image: str, run_id: str) -> None:
    connection.execute(failures.delete().where(failures.c.image == image, failures.c.run_id == run_id))


def failures_of(connection: Connection, images: Iterable[str]) -> dict[str, Failure]:
    newer = exists().where(
        decisions.c.image == failures.c.image, decisions.c.at > failures.c.at, ~decisions.c.backfill
    )
    found = rows_of(connection, select(failures).where(~newer), failures.c.image, images)
    return {row["image"]: Failure(row["image"], row["run_id"], row["at"], row["stage"]) for row in found}
