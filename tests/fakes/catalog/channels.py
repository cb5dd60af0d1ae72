"""Where each channel stands, and how it came there."""

from __future__ import annotations

from collections.abc import Sequence

from golden_images.core.digest import Digest
from golden_images.core.release import ChannelMove
from tests.fakes.catalog.memory import Memory


class Channels(Memory):
    def channels(self, image: str) -> dict[str, Digest]:
        newest: dict[str, Digest] = {}
        for move in self.moves(image):
            newest.setdefault(move.channel, move.digest)
        return dict(sorted(newest.items()))

    def standing(self, images: Sequence[str]) -> dict[str, dict[str, Digest]]:
        return {image: self.channels(image) for image in images}

    def move_channel(self, move: ChannelMove) -> bool:
        with self._lock:
            newest = next(iter(self.moves(move.image, move.channel, 1)), None)
            if newest is not None and (newest.digest, newest.at) == (move.digest, move.at):
                return True
            if (newest.digest if newest else "") != move.previous or (newest and newest.at >= move.at):
                return False
            self.record_move(move)
            return True

    def record_move(self, move: ChannelMove) -> None:
        self._answer()
        self._moves.setdefault((move.image, move.channel, move.at, move.digest), move)

    def moves(self, image: str, channel: str | None = None, limit: int | None = None) -> list[ChannelMove]:
        self._answer()
        found = [
            move for move in self._moves.values() if move.image == image and channel in (None, move.channel)
        ]
        # Turned round whole, so that the later recorded of two at once comes first.
        return sorted(found, key=lambda move: move.at)[::-1][:limit]
