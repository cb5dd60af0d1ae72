"""What the catalog keeps of evidence and releases besides their records."""

from __future__ import annotations

from collections.abc import Mapping

from golden_images.core import words
from golden_images.core.digest import Digest
from golden_images.core.names import ANNOTATION_CREATED, ANNOTATION_STAGE
from golden_images.core.records.move import is_move
from golden_images.core.release import BaseVersion, EvidenceRecord, Release


def evidence_record(
    image: str, subject: Digest, digest: Digest, *, artifact_type: str, annotations: Mapping[str, str]
) -> EvidenceRecord | None:
    """The catalog's entry for a referrer of ours, which carries its stage and its time; None for a
    stranger's, and for a channel move, which the catalog keeps as such."""
    stage = annotations.get(ANNOTATION_STAGE)
    if stage is None or is_move(annotations):
        return None
    created = words.moment_of(annotations.get(ANNOTATION_CREATED, ""))
    if created is None:
        return None
    return EvidenceRecord(image, subject, stage, artifact_type, digest, created)


def base_version(release: Release, platforms: tuple[str, ...]) -> BaseVersion:
    """The ledger's entry for a release that others build on."""
    return BaseVersion(
        base=release.image,
        digest=release.digest,
        at=release.released_at,
        platforms=platforms,
        tag=release.version,
        source="release",
    )
