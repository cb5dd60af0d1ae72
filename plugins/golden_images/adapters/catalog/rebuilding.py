"""What a registry gives, all at once instead of what there was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from golden_images.adapters.catalog import channels, tables
from golden_images.adapters.catalog import evidence as reports
from golden_images.adapters.catalog import judgements as judged
from golden_images.adapters.catalog import releases as released
from golden_images.core.digest import Digest
from golden_images.core.release import ChannelMove, EvidenceRecord, Judgement, Release

_TOLD = (tables.releases, tables.claims, tables.identical_builds, tables.judgements, tables.moves)


def clear(connection: Connection) -> None:
    for table in (*_TOLD, tables.evidence):
        connection.execute(table.delete())


def refill(
    connection: Connection,
    releases: Sequence[Release],
    identical: Mapping[tuple[str, str], Digest],
    evidence: Sequence[EvidenceRecord],
    judgements: Sequence[Judgement],
    moves: Sequence[ChannelMove],
) -> None:
    for table in _TOLD:
        connection.execute(table.delete())
    for release in releases:
        released.record(connection, release)
    for (image, build_id), digest in identical.items():
        released.record_identical(connection, image, build_id, digest)
    for record in evidence:
        reports.record(connection, [record])
    for judgement in judgements:
        judged.record(connection, judgement)
    for move in moves:
        channels.record(connection, move)
