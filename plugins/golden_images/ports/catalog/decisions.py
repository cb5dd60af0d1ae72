"""What runs decided, and how they ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from golden_images.core.release import Decision, Failure


class Decisions(Protocol):
    def record_decision(self, decision: Decision) -> None:
        """One a run; a run that decides again replaces what it decided."""

    def decision(self, image: str, run_id: str) -> Decision | None: ...

    def decisions(self, image: str, limit: int = 20) -> list[Decision]:
        """Newest first."""

    def retired(self, images: Sequence[str]) -> dict[str, Decision]:
        """Of those whose newest retirement was not taken back: that decision."""

    def record_failure(self, failure: Failure) -> None:
        """One an image: the last one told."""

    def clear_failure(self, image: str, run_id: str) -> None:
        """That run ended well after all."""

    def failures(self, images: Sequence[str]) -> dict[str, Failure]:
        """Of those whose last run failed: no later run but a backfill's has decided anything."""
