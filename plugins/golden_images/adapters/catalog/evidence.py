"""Evidence: which reports each attempt of a stage made about a subject."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, ColumnElement, Connection, Integer, Table, and_, select, text

from golden_images.adapters.catalog.metadata import DIGEST, NAME, PREFIX, UtcTime, metadata, words
from golden_images.adapters.catalog.rows import insert_new, one_writer
from golden_images.adapters.catalog.session import Session
from golden_images.core.digest import Digest
from golden_images.core.release import EvidenceRecord, one_attempt

evidence = Table(
    f"{PREFIX}evidence",
    metadata,
    Column("image", NAME, primary_key=True),
    Column("subject", DIGEST, primary_key=True),
    Column("stage", NAME, primary_key=True),
    Column("mark", NAME, primary_key=True, server_default=text("''")),
    Column("attempt", Integer, primary_key=True, autoincrement=False, server_default=text("0")),
    Column("digest", DIGEST, primary_key=True),
    words("artifact_type"),
    Column("created", UtcTime, nullable=False),
)

_KEY = ("image", "subject", "stage", "mark", "attempt", "digest")


class Evidence(Session):
    def record_evidence(self, records: Sequence[EvidenceRecord]) -> list[EvidenceRecord]:
        if not one_attempt(records):
            return []
        return self._write(lambda connection: record(connection, records))

    def evidence(self, image: str, subject: Digest) -> list[EvidenceRecord]:
        return self._read(lambda connection: of_subject(connection, image, subject))


def record(connection: Connection, records: Sequence[EvidenceRecord]) -> list[EvidenceRecord]:
    first = records[0]
    one_writer(connection, evidence.name, first.image, str(first.subject), first.stage, first.mark)
    attempt = and_(
        evidence.c.image == first.image,
        evidence.c.subject == str(first.subject),
        evidence.c.stage == first.stage,
        evidence.c.mark == first.mark,
        evidence.c.attempt == first.attempt,
    )
    standing = _where(connection, attempt)
    if standing and first.attempt:
        return standing
    for one in records:
        values = {
            "image": one.image,
            "subject": str(one.subject),
            "stage": one.stage,
            "mark": one.mark,
            "attempt": one.attempt,
            "digest": str(one.digest),
            "artifact_type": one.artifact_type,
            "created": one.created,
        }
        insert_new(connection, evidence, _KEY, values)
    return _where(connection, attempt)


def of_subject(connection: Connection, image: str, subject: Digest) -> list[EvidenceRecord]:
    return _where(connection, and_(evidence.c.image == image, evidence.c.subject == str(subject)))


def _where(connection: Connection, condition: ColumnElement[bool]) -> list[EvidenceRecord]:
    """By time, then by digest."""
    query = select(evidence).where(condition).order_by(evidence.c.created, evidence.c.digest)
    return [
        EvidenceRecord(
            image=row["image"],
            subject=Digest(row["subject"]),
            stage=row["stage"],
            artifact_type=row["artifact_type"],
            digest=Digest(row["digest"]),
            created=row["created"],
            mark=row["mark"],
            attempt=row["attempt"],
        )
        for row in connection.execute(query).mappings()
    ]
