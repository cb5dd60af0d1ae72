"""What the base watch has seen, and whom it woke."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from golden_images.core.release import BaseVersion
from golden_images.core.watching import Settlement, StageBase, Wake, Watched


class Watch(Protocol):
    def watched(self) -> dict[str, Watched]:
        """What the watch has seen, by base."""

    def observe(self, seen: Sequence[Watched]) -> dict[str, Watched]:
        """What stands afterwards, by base: the one of ``seen``, unless the base had this digest
        already. Of two watches that see one change, both get the first one's row. All or none."""

    def settle(self, versions: Sequence[BaseVersion]) -> Settlement:
        """Pending digests, dated by their first sight, become versions in the ledger, by the rules of
        :mod:`golden_images.core.watching`. All that are not refused, or none."""

    def poke(self, bases: Sequence[str]) -> None:
        """These are to be looked at now. A base that was never seen is passed over."""

    def take_pokes(self) -> list[str]:
        """The bases that were poked since the last call, by name."""

    def set_stage_bases(self, image: str, found: Sequence[StageBase]) -> None:
        """``found`` is all that the build stages of the image's newest plan begin with."""

    def stage_bases(self) -> dict[str, list[StageBase]]:
        """By image, by base; an image whose build stages take from none is left out."""

    def wakes(self) -> list[Wake]:
        """The last one of every image and base."""

    def record_wakes(self, wakes: Sequence[Wake]) -> None:
        """One a pair of image and base: a later one replaces it."""
