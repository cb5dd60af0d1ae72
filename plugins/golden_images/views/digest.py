"""One digest of an image's repository: what it is, where it stands, and the reports attached to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from golden_images.core import media, names, words
from golden_images.core.digest import Digest
from golden_images.core.organisation import Organisation
from golden_images.core.reference import Reference
from golden_images.evidence.store import ANNOTATION_TOOL
from golden_images.images import candidate, plan_artifact
from golden_images.images import image as images
from golden_images.ports import Catalog, Descriptor, Registry
from golden_images.views.release import ReleaseView, release_view

#: Reports and platforms that are told; more is no page to read.
_MOST = 200
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ReportLine:
    """``name`` is its file's; stage, time and tool as they are annotated, empty or None if they are not.
    ``known``: the catalog names it; no other report decides anything."""

    digest: Digest
    stage: str
    name: str
    artifact_type: str
    at: datetime | None
    tool: str
    known: bool


@dataclass(frozen=True, slots=True)
class DigestView:
    """``pull`` is the reference by digest; ``layers`` and ``bytes`` (compressed) are None for an index, whose
    images stand in ``platforms``. ``release``, if it is one, is on ``channels``. Reports: oldest first."""

    image: str
    digest: Digest
    pull: str
    release: ReleaseView | None
    channels: tuple[str, ...]
    media_type: str
    artifact_type: str | None
    layers: int | None
    bytes: int | None
    platforms: Mapping[str, Digest]
    annotations: Mapping[str, str]
    reports: tuple[ReportLine, ...]


def digest_view(
    organisation: Organisation, registry: Registry, catalog: Catalog, image: str, digest: Digest
) -> DigestView:
    """Raises RegistryError (404) for a digest that the image's repository does not have, IntegrityError
    for an index that names no digests."""
    repository = organisation.repository(image)
    manifest = registry.manifest(repository, digest)
    body, media_type = images.body(manifest), manifest.descriptor.media_type
    release = candidate.released(catalog, image, digest)
    index = media_type in media.INDEXES
    platforms = images.entries(repository, manifest)[:_MOST] if index else ()
    layers = body.get("layers") if isinstance(body.get("layers"), list) else None
    kind = body.get("artifactType")
    channels = catalog.channels(image) if release else {}
    named = {one.digest for one in catalog.evidence(image, digest)}
    return DigestView(
        image=image,
        digest=digest,
        pull=f"{Reference(registry.host, repository).name}@{digest}",
        release=release_view(release) if release else None,
        channels=tuple(channel for channel, held in channels.items() if held == digest),
        media_type=media_type,
        artifact_type=str(kind) if kind else None,
        layers=None if layers is None else len(layers),
        bytes=None if layers is None else _size(layers),
        platforms={platform or "image": of for platform, of in platforms},
        annotations=_texts(body.get("annotations")),
        reports=tuple(_report(one, one.digest in named) for one in _reports(registry, repository, digest)),
    )


def _reports(registry: Registry, repository: str, digest: Digest) -> list[Descriptor]:
    """The newest last. The plan is attached, too, and is no report."""
    attached = registry.referrers(repository, digest)
    reports = [one for one in attached if one.artifact_type != plan_artifact.ARTIFACT_TYPE]
    return sorted(reports, key=lambda one: _annotated_at(one) or _NEVER)[-_MOST:]


def _report(referrer: Descriptor, known: bool) -> ReportLine:
    stage = referrer.annotations.get(names.ANNOTATION_STAGE, "")
    return ReportLine(
        digest=referrer.digest,
        stage=stage,
        name=names.file_name(stage or "report", referrer.artifact_type),
        artifact_type=referrer.artifact_type,
        at=_annotated_at(referrer),
        tool=referrer.annotations.get(ANNOTATION_TOOL, ""),
        known=known,
    )


def _annotated_at(referrer: Descriptor) -> datetime | None:
    """For people alone: whoever attached it may have said anything."""
    return words.moment_of(referrer.annotations.get(names.ANNOTATION_CREATED, ""))


def _size(layers: list[Any]) -> int:
    sizes = [layer.get("size") for layer in layers if isinstance(layer, dict)]
    return sum(one for one in sizes if isinstance(one, int))


def _texts(value: Any) -> dict[str, str]:
    return {str(key): str(one) for key, one in value.items()} if isinstance(value, dict) else {}
