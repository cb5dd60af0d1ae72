"""What is known of releases now, and what builds were asked for because of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from golden_images.core.digest import Digest
from golden_images.core.rescanning.known import Rescan, RescanSummary
from tests.fakes.catalog.memory import Memory


class Rescans(Memory):
    def record_rescan(self, rescan: Rescan) -> None:
        self._answer()
        self._rescans[rescan.image, rescan.digest] = rescan

    def rescan(self, image: str, digest: Digest) -> Rescan | None:
        self._answer()
        return self._rescans.get((image, digest))

    def rescans(self, images: Sequence[str]) -> dict[str, dict[Digest, RescanSummary]]:
        self._answer()
        found: dict[str, dict[Digest, RescanSummary]] = {}
        for (image, digest), one in self._rescans.items():
            if image in images:
                found.setdefault(image, {})[digest] = one.summary
        return found

    def keep_rescans(self, image: str, digests: Collection[Digest]) -> None:
        self._answer()
        for key in [key for key in self._rescans if key[0] == image and key[1] not in digests]:
            del self._rescans[key]

    def set_rebuilds_asked(self, image: str, marks: Collection[str], at: datetime) -> None:
        self._answer()
        del at
        self._rebuilds_asked.pop(image, None)
        if marks:
            self._rebuilds_asked[image] = frozenset(marks)

    def rebuilds_asked(self, images: Sequence[str]) -> dict[str, frozenset[str]]:
        self._answer()
        return {image: self._rebuilds_asked[image] for image in images if image in self._rebuilds_asked}
