"""The index of images and bases in SQL: a Protocol for each subject, and all of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from golden_images.core.digest import Digest
from golden_images.core.release import ChannelMove, EvidenceRecord, Judgement, Release
from golden_images.ports.catalog.advisories import Advisories
from golden_images.ports.catalog.candidates import Candidates
from golden_images.ports.catalog.channels import Channels
from golden_images.ports.catalog.decisions import Decisions
from golden_images.ports.catalog.evidence import Evidence
from golden_images.ports.catalog.ledger import Ledger
from golden_images.ports.catalog.manifests import Manifests
from golden_images.ports.catalog.releases import Releases
from golden_images.ports.catalog.rescans import Rescans
from golden_images.ports.catalog.watch import Watch

__all__ = [
    "Advisories",
    "Candidates",
    "Catalog",
    "Channels",
    "Decisions",
    "Evidence",
    "Ledger",
    "Manifests",
    "Releases",
    "Rescans",
    "Watch",
]


class Catalog(
    Releases,
    Candidates,
    Manifests,
    Evidence,
    Channels,
    Decisions,
    Ledger,
    Watch,
    Advisories,
    Rescans,
    Protocol,
):
    """The index. Every ``record_*`` is idempotent: the same record again changes nothing."""

    def migrate(self) -> None: ...

    def refill(
        self,
        *,
        releases: Sequence[Release],
        identical: Mapping[tuple[str, str], Digest],
        evidence: Sequence[EvidenceRecord],
        judgements: Sequence[Judgement],
        moves: Sequence[ChannelMove],
    ) -> None:
        """These instead of all releases, builds, judgements and moves, or nothing at all. ``identical``
        is by image and build id. Evidence is added to what there is: the catalog alone knows of which
        attempt it is."""

    def clear(self) -> None:
        """Empties releases, builds, evidence, judgements and channels, for a rebuild from the registry.
        Candidates, decisions, shortfalls, what was revoked, the ledger of base versions, what the watch
        knows, which databases of advisories are ours, what scans said and what is known of releases stay:
        no registry vouches for them. So do kept manifests, which their digests vouch for."""
