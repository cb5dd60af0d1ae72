"""The versions that bases had; its rules are in :mod:`golden_images.core.ledger`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from golden_images.core import ledger
from golden_images.core.release import BaseVersion
from tests.fakes.catalog.memory import Memory


class Ledger(Memory):
    def record_base_version(self, version: BaseVersion) -> bool:
        self._answer()
        admitted = ledger.admitted(version, self._now())
        with self._lock:
            if not ledger.is_news(admitted, self._facts.get(admitted.base, [])):
                return False
            self._add(admitted)
            return True

    def record_base_versions(self, versions: Sequence[BaseVersion]) -> int:
        self._answer()
        admitted = [ledger.admitted(version, self._now()) for version in versions]
        with self._lock:
            news = ledger.news(admitted, self._facts)
            for version in news:
                self._add(version)
            return len(news)

    def bases(self) -> list[str]:
        self._answer()
        return sorted(base for base, facts in self._facts.items() if facts)

    def base_versions(
        self, base: str, since: datetime | None = None, until: datetime | None = None
    ) -> list[BaseVersion]:
        self._answer()
        return ledger.between(self._facts.get(base, []), since, until)

    def histories(self, bases: Sequence[str], since: datetime | None = None) -> dict[str, list[BaseVersion]]:
        self._answer()
        return {base: ledger.between(self._facts.get(base, []), since, None) for base in bases}

    def _add(self, version: BaseVersion) -> None:
        facts = self._facts.setdefault(version.base, [])
        facts.append(version)
        facts.sort(key=lambda fact: fact.at)
