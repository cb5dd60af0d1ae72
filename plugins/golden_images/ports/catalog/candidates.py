"""What each build gave, before anybody sees it."""

from __future__ import annotations

from typing import Protocol

from golden_images.core.digest import Digest
from golden_images.core.release import Candidate


class Candidates(Protocol):
    def candidate(self, image: str, build_id: str) -> Candidate | None: ...

    def propose_candidate(self, candidate: Candidate, instead_of: Digest | None = None) -> Candidate:
        """What stands afterwards: ``candidate``, if none stood or the one with the digest ``instead_of``
        did; else the standing one."""
