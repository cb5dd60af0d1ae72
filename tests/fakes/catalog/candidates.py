"""What each build gave, before anybody sees it."""

from __future__ import annotations

from golden_images.core.digest import Digest
from golden_images.core.release import Candidate
from tests.fakes.catalog.memory import Memory


class Candidates(Memory):
    def candidate(self, image: str, build_id: str) -> Candidate | None:
        self._answer()
        return self._candidates.get((image, build_id))

    def propose_candidate(self, candidate: Candidate, instead_of: Digest | None = None) -> Candidate:
        self._answer()
        with self._lock:
            standing = self._candidates.get((candidate.image, candidate.build_id))
            if standing is not None and standing.digest != instead_of:
                return standing
            self._candidates[candidate.image, candidate.build_id] = candidate
            return candidate
