"""What a registry gives, all at once instead of what there was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from golden_images.adapters.catalog import builds, channels, evidence, judgements, released, releases
from golden_images.adapters.catalog.session import Session
from golden_images.core.digest import Digest
from golden_images.core.release import ChannelMove, EvidenceRecord, Judgement, Release

_TOLD = (released.releases, builds.claims, builds.identical_builds, judgements.judgements, channels.moves)


class Rebuilding(Session):
    def refill(
        self,
        *,
        releases: Sequence[Release],
        identical: Mapping[tuple[str, str], Digest],
        evidence: Sequence[EvidenceRecord],
        judgements: Sequence[Judgement],
        moves: Sequence[ChannelMove],
    ) -> None:
        self._write(lambda connection: refill(connection, releases, identical, evidence, judgements, moves))

    def clear(self) -> None:
        self._write(clear)


def clear(connection: Connection) -> None:
    for table in (*_TOLD, evidence.evidence):
        connection.execute(table.delete())


def refill(
    connection: Connection,
    found: Sequence[Release],
    identical: Mapping[tuple[str, str], Digest],
    reports: Sequence[EvidenceRecord],
    judged: Sequence[Judgement],
    moves: Sequence[ChannelMove],
) -> None:
    for table in _TOLD:
        connection.execute(table.delete())
    for release in found:
        releases.record(connection, release)
    for (image, build_id), digest in identical.items():
        builds.record_identical(connection, image, build_id, digest)
    for record in reports:
        evidence.record(connection, [record])
    for judgement in judged:
        judgements.record(connection, judgement)
    for move in moves:
        channels.record(connection, move)
