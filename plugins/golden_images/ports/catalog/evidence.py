"""Reports by attempt, and what releases met or fell short of later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from golden_images.core.digest import Digest
from golden_images.core.release import EvidenceRecord, Judgement, Shortfall


class Evidence(Protocol):
    def record_evidence(self, records: Sequence[EvidenceRecord]) -> list[EvidenceRecord]:
        """One attempt's reports, all or none: what stands of this attempt afterwards, which are
        ``records`` if nobody was first. Attempt 0 has no first one: each report is added to it.

        Raises ValueError unless all are of one image, subject, stage, mark and attempt.
        """

    def evidence(self, image: str, subject: Digest) -> list[EvidenceRecord]:
        """All of it, at one moment; oldest first, then by digest."""

    def record_judgement(self, judgement: Judgement) -> None: ...

    def judgements(self, image: str, digest: Digest) -> list[Judgement]:
        """Demands that the release met later, newest first."""

    def set_shortfalls(self, image: str, found: Sequence[Shortfall]) -> None:
        """``found`` is all that the image's release falls short of from now on."""

    def record_shortfall(self, shortfall: Shortfall) -> None:
        """One an image and stage: a later one replaces it."""

    def drop_shortfalls(self, image: str, digest: Digest, demands: Digest, stage: str | None = None) -> None:
        """Those of this release and these demands, of ``stage`` or of all; none there is success."""

    def shortfalls(self, images: Sequence[str]) -> dict[str, list[Shortfall]]:
        """By image, each by time and stage; an image without any is left out."""
