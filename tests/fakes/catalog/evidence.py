"""Reports by attempt, and what releases met or fell short of later."""

from __future__ import annotations

from collections.abc import Sequence

from golden_images.core.digest import Digest
from golden_images.core.release import EvidenceRecord, Judgement, Shortfall, one_attempt
from tests.fakes.catalog.memory import Memory


def _attempt(of: EvidenceRecord) -> tuple[object, ...]:
    return (of.image, of.subject, of.stage, of.mark, of.attempt)


class Evidence(Memory):
    def record_evidence(self, records: Sequence[EvidenceRecord]) -> list[EvidenceRecord]:
        if not one_attempt(records):
            return []
        self._answer()
        with self._lock:
            if records[0].attempt == 0 or not self._of_attempt(records[0]):
                for one in records:
                    self._evidence.setdefault((_attempt(one), one.digest), one)
            return self._of_attempt(records[0])

    def evidence(self, image: str, subject: Digest) -> list[EvidenceRecord]:
        self._answer()
        found = [each for each in self._evidence.values() if (each.image, each.subject) == (image, subject)]
        return sorted(found, key=lambda record: (record.created, record.digest))

    def record_judgement(self, judgement: Judgement) -> None:
        self._answer()
        self._judgements[judgement.image, judgement.digest, judgement.demands] = judgement

    def judgements(self, image: str, digest: Digest) -> list[Judgement]:
        self._answer()
        found = [one for one in self._judgements.values() if (one.image, one.digest) == (image, digest)]
        return sorted(sorted(found, key=lambda one: one.demands), key=lambda one: one.at, reverse=True)

    def set_shortfalls(self, image: str, found: Sequence[Shortfall]) -> None:
        self._answer()
        with self._lock:
            kept = {key: one for key, one in self._shortfalls.items() if one.image != image}
            self._shortfalls = kept | {(one.image, one.stage): one for one in found}

    def record_shortfall(self, shortfall: Shortfall) -> None:
        self._answer()
        self._shortfalls[shortfall.image, shortfall.stage] = shortfall

    def drop_shortfalls(self, image: str, digest: Digest, demands: Digest, stage: str | None = None) -> None:
        self._answer()
        with self._lock:
            self._shortfalls = {
                key: one
                for key, one in self._shortfalls.items()
                if (one.image, one.digest, one.demands) != (image, digest, demands)
                or stage not in (None, one.stage)
            }

    def shortfalls(self, images: Sequence[str]) -> dict[str, list[Shortfall]]:
        self._answer()
        found: dict[str, list[Shortfall]] = {}
        for one in sorted(self._shortfalls.values(), key=lambda one: (one.at, one.stage)):
            if one.image in images:
                found.setdefault(one.image, []).append(one)
        return found

    def _of_attempt(self, first: EvidenceRecord) -> list[EvidenceRecord]:
        found = [one for one in self._evidence.values() if _attempt(one) == _attempt(first)]
        return sorted(found, key=lambda record: (record.created, record.digest))
