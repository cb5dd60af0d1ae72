"""The catalog in SQL: all its subjects over one connection."""

from __future__ import annotations

from golden_images.adapters.catalog.advisories import Advisories
from golden_images.adapters.catalog.builds import Builds
from golden_images.adapters.catalog.candidates import Candidates
from golden_images.adapters.catalog.channels import Channels
from golden_images.adapters.catalog.decisions import Decisions
from golden_images.adapters.catalog.evidence import Evidence
from golden_images.adapters.catalog.judgements import Judgements
from golden_images.adapters.catalog.ledger import Ledger
from golden_images.adapters.catalog.manifests import Manifests
from golden_images.adapters.catalog.rebuilding import Rebuilding
from golden_images.adapters.catalog.releases import Releases
from golden_images.adapters.catalog.rescans import Rescans
from golden_images.adapters.catalog.stage_bases import StageBases
from golden_images.adapters.catalog.watch import Watch


class SqlCatalog(
    Releases,
    Builds,
    Candidates,
    Manifests,
    Evidence,
    Judgements,
    Channels,
    Decisions,
    Ledger,
    Watch,
    StageBases,
    Advisories,
    Rescans,
    Rebuilding,
):
    """Implements :class:`golden_images.ports.Catalog` on SQLite and PostgreSQL."""
