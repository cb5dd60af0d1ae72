"""What is known of releases now, and what builds were asked for because of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from golden_images.core.digest import Digest
from golden_images.core.rescanning.known import Rescan, RescanSummary


class Rescans(Protocol):
    def record_rescan(self, rescan: Rescan) -> None:
        """One an image and digest: a later one replaces it."""

    def rescan(self, image: str, digest: Digest) -> Rescan | None: ...

    def rescans(self, images: Sequence[str]) -> dict[str, dict[Digest, RescanSummary]]:
        """By image and digest, without the findings; an image without any is left out."""

    def keep_rescans(self, image: str, digests: Collection[Digest]) -> None:
        """Forgets those of the image's other digests."""

    def set_rebuilds_asked(self, image: str, marks: Collection[str], at: datetime) -> None:
        """``marks`` is all that builds of the image were asked for and that still matters."""

    def rebuilds_asked(self, images: Sequence[str]) -> dict[str, frozenset[str]]:
        """By image; one that nothing was asked of is left out."""
