"""What the catalog names as evidence about one digest, at one moment. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from golden_images.core.digest import Digest
from golden_images.core.release import EvidenceRecord


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one stage, whole: a report of each kind, written down together."""

    stage: str
    mark: str
    number: int
    #: By kind, which is an artifact type.
    reports: Mapping[str, EvidenceRecord]

    @property
    def digests(self) -> tuple[Digest, ...]:
        return tuple(sorted(one.digest for one in self.reports.values()))

    @property
    def made_at(self) -> datetime:
        """The oldest report's time."""
        return min(one.created for one in self.reports.values())


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Read once, and judged as it was read: what is written down meanwhile changes nothing."""

    subject: Digest
    records: tuple[EvidenceRecord, ...]

    def current(self, stage: str, mark: str, kinds: Collection[str]) -> Attempt | None:
        """The newest attempt that made all ``kinds`` by this mark. What no stage wrote down here (of a
        version before, or from a rebuild) has another mark or no number, and is never it."""
        return max(self._attempts(stage, mark, kinds), key=lambda one: one.number, default=None)

    def among(
        self, listed: Collection[Digest], stage: str, mark: str, kinds: Collection[str]
    ) -> Attempt | None:
        """The attempt of which all reports are ``listed``."""
        found = (one for one in self._attempts(stage, mark, kinds) if {*one.digests} <= {*listed})
        return max(found, key=lambda one: one.number, default=None)

    def next_number(self, stage: str, mark: str) -> int:
        """Of the attempt that is written down next."""
        return 1 + max((one.attempt for one in self._of(stage, mark)), default=0)

    def with_attempt(self, attempt: Attempt) -> Snapshot:
        """After ``attempt`` was written down by whoever read the snapshot."""
        return Snapshot(self.subject, (*self.records, *attempt.reports.values()))

    def _attempts(self, stage: str, mark: str, kinds: Collection[str]) -> Iterator[Attempt]:
        numbered: dict[int, list[EvidenceRecord]] = {}
        for one in self._of(stage, mark):
            if one.attempt > 0:
                numbered.setdefault(one.attempt, []).append(one)
        for records in numbered.values():
            attempt = attempt_of(records)
            if attempt.reports.keys() == set(kinds):
                yield attempt

    def _of(self, stage: str, mark: str) -> Iterator[EvidenceRecord]:
        return (one for one in self.records if (one.stage, one.mark) == (stage, mark))


def attempt_of(records: Iterable[EvidenceRecord]) -> Attempt:
    """``records``, at least one, are of one attempt."""
    reports = {one.artifact_type: one for one in records}
    first = next(iter(reports.values()))
    return Attempt(first.stage, first.mark, first.attempt, reports)
