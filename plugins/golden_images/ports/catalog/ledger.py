"""The versions that bases had; its rules are in :mod:`golden_images.core.ledger`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from golden_images.core.release import BaseVersion


class Ledger(Protocol):
    def record_base_version(self, version: BaseVersion) -> bool:
        """False if it is no news, by the rules of :mod:`golden_images.core.ledger`: the ledger has
        this base and digest at this time, or the watch saw what the base was already.

        Raises InputError for a time in the future, beyond a tolerance.
        """

    def record_base_versions(self, versions: Sequence[BaseVersion]) -> int:
        """:meth:`record_base_version` of many, in their order: how many were news. All or none."""

    def bases(self) -> list[str]:
        """Every base that the ledger knows, by name."""

    def base_versions(
        self, base: str, since: datetime | None = None, until: datetime | None = None
    ) -> list[BaseVersion]:
        """The changes of digest that began in the window, oldest first, bounds included."""

    def histories(self, bases: Sequence[str], since: datetime | None = None) -> dict[str, list[BaseVersion]]:
        """:meth:`base_versions` of many; one that the ledger does not know has none."""
