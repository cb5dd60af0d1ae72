"""Where each channel stands, and how it came there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from golden_images.core.digest import Digest
from golden_images.core.release import ChannelMove


class Channels(Protocol):
    def channels(self, image: str) -> dict[str, Digest]:
        """Where each channel's newest move led to."""

    def standing(self, images: Sequence[str]) -> dict[str, dict[str, Digest]]:
        """:meth:`channels` of many; one whose channels never moved has none."""

    def move_channel(self, move: ChannelMove) -> bool:
        """Compare and swap: records ``move`` if the channel's newest move led to ``move.previous`` (empty:
        if it never moved), and was earlier. True also if ``move`` is that newest one already."""

    def record_move(self, move: ChannelMove) -> None:
        """Of the past, for a rebuild: wherever the channel stands."""

    def moves(self, image: str, channel: str | None = None, limit: int | None = None) -> list[ChannelMove]:
        """Newest first."""
