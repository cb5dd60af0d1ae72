"""The partition key: which base version a run is about, and since when that version has existed.

================================================  ==================================================
``20261123T020000Z_sha256-<64 hex digits>``       a base version: released or first seen at that time
``20261123T020000Z_nightly``                      a nightly tick; the base's digest of now is taken
================================================  ==================================================

The time stands in the key because Airflow's backfill tells runs apart by their partition date alone.
Whole seconds: two versions of one base within one second are one partition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from golden_images.core.digest import Digest

if TYPE_CHECKING:
    from golden_images.core.release import BaseVersion

_TIME = "%Y%m%dT%H%M%SZ"
_NIGHTLY = "nightly"

SHAPE = "<YYYYMMDD>T<HHMMSS>Z_sha256-<64 hex digits>, or _nightly instead of the digest"


@dataclass(frozen=True, slots=True)
class PartitionKey:
    """``digest`` is None for a nightly tick; ``at`` is UTC in whole seconds."""

    at: datetime
    digest: Digest | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"{self.at.isoformat()} has no time zone")
        object.__setattr__(self, "at", self.at.astimezone(UTC).replace(microsecond=0))

    @classmethod
    def parse(cls, text: str) -> PartitionKey:
        """Raises ValueError that shows ``text``, what is wrong and the right form."""
        time, separator, rest = text.partition("_")
        if not separator:
            raise ValueError(f"{text!r} is no partition key: expected {SHAPE}")
        try:
            at = datetime.strptime(time, _TIME).replace(tzinfo=UTC)
        except ValueError:
            at = None
        # strptime also takes fewer digits; the one spelling of a time keeps keys comparable.
        if at is None or at.strftime(_TIME) != time:
            raise ValueError(f"{text!r} is no partition key: {time!r} is no time; expected {SHAPE}")
        if rest == _NIGHTLY:
            return cls(at)
        try:
            return cls(at, Digest(rest.replace("-", ":", 1)))
        except ValueError:
            raise ValueError(
                f"{text!r} is no partition key: {rest!r} is no digest; expected {SHAPE}"
            ) from None

    def __str__(self) -> str:
        what = self.digest.replace(":", "-") if self.digest else _NIGHTLY
        return f"{self.at.strftime(_TIME)}_{what}"


def partitions(versions: Iterable[BaseVersion]) -> Iterator[tuple[PartitionKey, BaseVersion]]:
    """Base versions as a backfill runs them. Airflow knows a partition by its date: of two versions
    within one second, the first stands for both."""
    seen: set[datetime] = set()
    for version in versions:
        key = PartitionKey(version.at, version.digest)
        if key.at not in seen:
            seen.add(key.at)
            yield key, version
