"""A database as it was read and found sound, before it is an artifact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from golden_images.core.ledger import TOLERANCE
from golden_images.core.words import moment
from golden_images.errors import InputError


@dataclass(frozen=True, slots=True)
class Part:
    """One file of it."""

    #: Where it lies in the database, as its scanner looks for it: ``Debian/all.zip``, ``db/trivy.db``.
    path: str
    file: Path
    #: When its content was put together, with its zone.
    built: datetime
    #: 0 for a file that goes with another.
    records: int


@dataclass(frozen=True, slots=True)
class Content:
    """``merges``: each part stands for itself, and parts that are not here stay as they are."""

    name: str
    version: str
    parts: tuple[Part, ...]
    merges: bool = False

    def __post_init__(self) -> None:
        if sum(part.records for part in self.parts) == 0:
            raise InputError(
                f"this {self.name} database is empty",
                cause="it holds no advisory that counts",
                remedy="fetch it anew: a scan with it would find nothing",
            )

    def check(self, now: datetime) -> None:
        """Raises InputError for what comes from the future: it would look fresh for as long."""
        for part in self.parts:
            if part.built > now + TOLERANCE:
                raise InputError(
                    f"{part.path} of this {self.name} database is from the future",
                    cause=f"it says {moment(part.built)}, and it is {moment(now)}",
                    remedy="find out who made it; and check this machine's clock",
                )
