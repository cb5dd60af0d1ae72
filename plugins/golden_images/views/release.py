"""One release, as it is told wherever it is told whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from golden_images.core.digest import Digest
from golden_images.core.reason import Reason
from golden_images.core.release import Release
from golden_images.core.words import asked_by


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """``text`` is the reason for people; ``facts`` are measured: bytes, packages, tests, seconds."""

    version: str
    digest: Digest
    build_id: str
    reason: Reason
    text: str
    released_at: datetime
    base_name: str | None
    base_digest: str | None
    plan: Digest
    backfill: bool
    note: str | None
    actor: str | None
    facts: Mapping[str, int]

    @property
    def asked(self) -> str:
        """Who asked for it, and why; empty where nobody did."""
        return asked_by(self.actor or "", self.note or "")


def release_view(release: Release) -> ReleaseView:
    return ReleaseView(
        version=release.version,
        digest=release.digest,
        build_id=release.build_id,
        reason=release.reason,
        text=str(release.reason),
        released_at=release.released_at,
        base_name=release.base_name or None,
        base_digest=release.base_digest or None,
        plan=release.plan,
        backfill=release.backfill,
        note=release.note or None,
        actor=release.actor or None,
        facts=dict(sorted(release.facts.items())),
    )
