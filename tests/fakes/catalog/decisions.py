"""What runs decided, and how they ended."""

from __future__ import annotations

from collections.abc import Sequence

from golden_images.core.reason import Why
from golden_images.core.release import Decision, Failure
from tests.fakes.catalog.memory import Memory


class Decisions(Memory):
    def record_decision(self, decision: Decision) -> None:
        self._answer()
        self._decisions[decision.image, decision.run_id] = decision

    def decision(self, image: str, run_id: str) -> Decision | None:
        self._answer()
        return self._decisions.get((image, run_id))

    def decisions(self, image: str, limit: int = 20) -> list[Decision]:
        self._answer()
        found = [decision for decision in self._decisions.values() if decision.image == image]
        return sorted(found, key=lambda decision: (decision.at, decision.run_id), reverse=True)[:limit]

    def retired(self, images: Sequence[str]) -> dict[str, Decision]:
        self._answer()
        newest = {
            one.image: one
            for one in sorted(self._decisions.values(), key=lambda one: (one.at, one.run_id))
            if one.image in images and one.reason.why in (Why.RETIRED, Why.RESTORED)
        }
        return {image: one for image, one in newest.items() if one.reason.why is Why.RETIRED}

    def record_failure(self, failure: Failure) -> None:
        self._answer()
        self._failures[failure.image] = failure

    def clear_failure(self, image: str, run_id: str) -> None:
        self._answer()
        if image in self._failures and self._failures[image].run_id == run_id:
            del self._failures[image]

    def failures(self, images: Sequence[str]) -> dict[str, Failure]:
        self._answer()
        return {
            image: failure
            for image, failure in self._failures.items()
            if image in images
            and not any(
                one.image == image and one.at > failure.at and not one.backfill
                for one in self._decisions.values()
            )
        }
