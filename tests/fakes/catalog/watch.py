"""What the base watch has seen, and whom it woke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from golden_images.core.release import BaseVersion
from golden_images.core.watching import Settlement, StageBase, Wake, Watched, settle
from tests.fakes.catalog.ledger import Ledger


class Watch(Ledger):
    def watched(self) -> dict[str, Watched]:
        self._answer()
        return dict(sorted(self._watched.items()))

    def observe(self, seen: Sequence[Watched]) -> dict[str, Watched]:
        self._answer()
        with self._lock:
            for one in seen:
                standing = self._watched.get(one.base)
                if standing is None or standing.digest != one.digest:
                    self._watched[one.base] = replace(one, settled=None)
            return {one.base: self._watched[one.base] for one in seen}

    def settle(self, versions: Sequence[BaseVersion]) -> Settlement:
        self._answer()
        with self._lock:
            settlement = settle(versions, self._watched, self._facts, self._now())
            for version in settlement.news:
                self._add(version)
            self._watched |= settlement.rows
            return settlement

    def poke(self, bases: Sequence[str]) -> None:
        self._answer()
        self._poked.update(base for base in bases if base in self._watched)

    def take_pokes(self) -> list[str]:
        self._answer()
        poked, self._poked = sorted(self._poked), set()
        return poked

    def set_stage_bases(self, image: str, found: Sequence[StageBase]) -> None:
        self._answer()
        self._stage_bases[image] = sorted(found, key=lambda one: one.base)

    def stage_bases(self) -> dict[str, list[StageBase]]:
        self._answer()
        return {image: list(of) for image, of in sorted(self._stage_bases.items()) if of}

    def wakes(self) -> list[Wake]:
        self._answer()
        return [wake for _, wake in sorted(self._wakes.items())]

    def record_wakes(self, wakes: Sequence[Wake]) -> None:
        self._answer()
        self._wakes |= {(wake.image, wake.base): wake for wake in wakes}
