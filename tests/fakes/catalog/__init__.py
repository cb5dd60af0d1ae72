"""The catalog in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from golden_images.core.digest import Digest
from golden_images.core.release import ChannelMove, EvidenceRecord, Judgement, Release
from tests.fakes.catalog.advisories import Advisories
from tests.fakes.catalog.candidates import Candidates
from tests.fakes.catalog.channels import Channels
from tests.fakes.catalog.decisions import Decisions
from tests.fakes.catalog.evidence import Evidence
from tests.fakes.catalog.manifests import Manifests
from tests.fakes.catalog.releases import Releases
from tests.fakes.catalog.rescans import Rescans
from tests.fakes.catalog.watch import Watch


class FakeCatalog(Releases, Candidates, Manifests, Evidence, Channels, Decisions, Watch, Advisories, Rescans):
    """Implements :class:`golden_images.ports.Catalog`; passes the same contract suite as the SQL one."""

    def migrate(self) -> None:
        self._answer()

    def refill(
        self,
        *,
        releases: Sequence[Release],
        identical: Mapping[tuple[str, str], Digest],
        evidence: Sequence[EvidenceRecord],
        judgements: Sequence[Judgement],
        moves: Sequence[ChannelMove],
    ) -> None:
        self._answer()
        kept = self._evidence
        self._empty()
        self._evidence = kept
        for release in releases:
            self.record_release(release)
        for (image, build_id), digest in identical.items():
            self.record_identical(image, build_id, digest)
        for record in evidence:
            self.record_evidence([record])
        for judgement in judgements:
            self.record_judgement(judgement)
        for move in moves:
            self.record_move(move)

    def clear(self) -> None:
        self._answer()
        self._empty()
