"""Channels: the history of moves, and what it ends in."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, select

from golden_images.adapters.catalog.rows import insert_new
from golden_images.adapters.catalog.tables import moves
from golden_images.core.digest import Digest
from golden_images.core.release import ChannelMove


def record(connection: Connection, move: ChannelMove) -> None:
    values = {
        "image": move.image,
        "channel": move.channel,
        "digest": str(move.digest),
        "previous": move.previous,
        "at": move.at,
        "actor": move.actor,
    }
    insert_new(connection, moves, ("image", "channel", "at", "digest"), values)


def history(connection: Connection, image: str, channel: str | None = None) -> list[ChannelMove]:
    """Newest first; of two moves at the same microsecond the one recorded later."""
    query = select(moves).where(moves.c.image == image).order_by(moves.c.at.desc(), moves.c.id.desc())
    if channel is not None:
        query = query.where(moves.c.channel == channel)
    return [_move(row) for row in connection.execute(query).mappings()]


def standing(connection: Connection, image: str) -> dict[str, Digest]:
    """By channel, in the order of their names."""
    newest: dict[str, Digest] = {}
    for move in history(connection, image):
        newest.setdefault(move.channel, move.digest)
    return dict(sorted(newest.items()))


def _move(row: RowMapping) -> ChannelMove:
    return ChannelMove(
        image=row["image"],
        channel=row["channel"],
        digest=Digest(row["digest"]),
        previous=row["previous"],
        at=row["at"],
        actor=row["actor"],
    )
