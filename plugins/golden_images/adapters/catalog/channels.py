"""Channels: the history of moves, and what it ends in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    RowMapping,
    ScalarSelect,
    Select,
    String,
    Table,
    UniqueConstraint,
    func,
    select,
)

from golden_images.adapters.catalog.metadata import DIGEST, NAME, PREFIX, UtcTime, metadata, words
from golden_images.adapters.catalog.rows import insert_new, one_writer, rows_each
from golden_images.adapters.catalog.session import Session
from golden_images.core.digest import Digest
from golden_images.core.release import ChannelMove

moves = Table(
    f"{PREFIX}channel_moves",
    metadata,
    # The order of arrival, which decides between moves at the same microsecond.
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("image", NAME, nullable=False),
    Column("channel", NAME, nullable=False),
    Column("digest", DIGEST, nullable=False),
    Column("previous", String(71), nullable=False),
    Column("at", UtcTime, nullable=False),
    words("actor"),
    UniqueConstraint("image", "channel", "at", "digest"),
)
Index(None, moves.c.image, moves.c.at)

_NEWEST_FIRST = (moves.c.at.desc(), moves.c.id.desc())


class Channels(Session):
    def channels(self, image: str) -> dict[str, Digest]:
        return self.standing([image])[image]

    def standing(self, images: Sequence[str]) -> dict[str, dict[str, Digest]]:
        return self._read(lambda connection: standing(connection, images)) if images else {}

    def move_channel(self, move: ChannelMove) -> bool:
        return self._write(lambda connection: swap(connection, move))

    def record_move(self, move: ChannelMove) -> None:
        self._write(lambda connection: record(connection, move))

    def moves(self, image: str, channel: str | None = None, limit: int | None = None) -> list[ChannelMove]:
        return self._read(lambda connection: history(connection, image, channel, limit))


def swap(connection: Connection, move: ChannelMove) -> bool:
    one_writer(connection, moves.name, move.image, move.channel)
    for newest in history(connection, move.image, move.channel, 1):
        if (newest.digest, newest.at) == (move.digest, move.at):
            return True
        if newest.digest != move.previous or newest.at >= move.at:
            return False
        break
    else:
        if move.previous:
            return False
    record(connection, move)
    return True


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


def history(
    connection: Connection, image: str, channel: str | None = None, limit: int | None = None
) -> list[ChannelMove]:
    """Newest first; of two moves at the same microsecond the one recorded later."""
    query = select(moves).where(moves.c.image == image).order_by(*_NEWEST_FIRST).limit(limit)
    if channel is not None:
        query = query.where(moves.c.channel == channel)
    return [_move(row) for row in connection.execute(query).mappings()]


def standing(connection: Connection, images: Iterable[str]) -> dict[str, dict[str, Digest]]:
    """By image and channel, in the order of their names."""
    found: dict[str, dict[str, Digest]] = {image: {} for image in images}
    asked = [(image,) for image in found]
    for row in rows_each(connection, _standing, [moves.c.image], asked):
        found[row["image"]][row["channel"]] = Digest(row["digest"])
    return {image: dict(sorted(channels.items())) for image, channels in found.items()}


def _standing(asked: CTE) -> Select[Any]:
    """From channel to channel, and to the newest move of each, through an index: the history is not read."""
    first = _next(asked.c.image)
    channels = select(asked.c.image, first.label("channel")).cte("channels", recursive=True)
    channel = channels.c.channel
    following = select(channels.c.image, _next(channels.c.image, channel)).where(channel.is_not(None))
    channels = channels.union_all(following)
    newest = (
        select(moves.c.digest)
        .where(moves.c.image == channels.c.image, moves.c.channel == channels.c.channel)
        .order_by(*_NEWEST_FIRST)
        .limit(1)
        .scalar_subquery()
    )
    return select(channels.c.image, channels.c.channel, newest.label("digest")).where(
        channels.c.channel.is_not(None)
    )


def _next(image: ColumnElement[str], after: ColumnElement[str] | None = None) -> ScalarSelect[str]:
    query = select(func.min(moves.c.channel)).where(moves.c.image == image)
    return (query if after is None else query.where(moves.c.channel > after)).scalar_subquery()


def _move(row: RowMapping) -> ChannelMove:
    return ChannelMove(
        image=row["image"],
        channel=row["channel"],
        digest=Digest(row["digest"]),
        previous=row["previous"],
        at=row["at"],
        actor=row["actor"],
    )
