"""What is asked of registry and catalog for an image's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from golden_images.adapters.registry.client import RegistryClient
from golden_images.core import media, names, words
from golden_images.core.digest import Digest
from golden_images.core.organisation import Organisation
from golden_images.core.reference import Reference
from golden_images.core.words import asked_by
from golden_images.evidence.store import ANNOTATION_TOOL, made_at
from golden_images.images import image as images
from golden_images.ports import Catalog, Manifest, Registry
from golden_images.web.page import Evidence, ImagePage

#: Rows of a list on the page; more is no page to read.
_MOST = 200


@dataclass(frozen=True, slots=True)
class Sources:
    """The organisation, and its registry and catalog. ``images`` are those with a definition."""

    organisation: Organisation
    images: frozenset[str]
    registry: Registry
    catalog: Catalog

    def knows(self, image: str) -> bool:
        """Whether it is an image of the project, now or once. Nothing else of the registry is shown."""
        return image in self.images or self.catalog.current(image) is not None

    def close(self) -> None:
        """The registry's connections; a server makes one of these for each request."""
        if isinstance(self.registry, RegistryClient):
            self.registry.close()


def page(sources: Sources, image: str, digest: Digest) -> ImagePage:
    """Raises RegistryError (404) for a digest that the image's repository does not have."""
    registry, repository = sources.registry, sources.organisation.repository(image)
    manifest = registry.manifest(repository, digest)
    body = images.body(manifest)
    reference = Reference(registry.host, repository)
    return ImagePage(
        image=image,
        digest=str(digest),
        pull=f"{reference.name}@{digest}",
        facts=[*_release(sources, image, digest), *_content(manifest, body)],
        links=_links(sources, image, repository, manifest),
        annotations=_texts(body.get("annotations")),
        evidence=[
            Evidence(
                digest=str(one.digest),
                stage=one.annotations.get(names.ANNOTATION_STAGE, ""),
                name=names.file_name(
                    one.annotations.get(names.ANNOTATION_STAGE) or "report", one.artifact_type
                ),
                artifact_type=one.artifact_type,
                at=words.moment(made_at(one)) if made_at(one).year > 1 else "",
                tool=one.annotations.get(ANNOTATION_TOOL, ""),
            )
            for one in sorted(registry.referrers(repository, digest), key=made_at)[-_MOST:]
        ],
    )


def _release(sources: Sources, image: str, digest: Digest) -> list[tuple[str, str]]:
    release = sources.catalog.release_by_digest(digest)
    if release is None or release.image != image:
        return []
    on = [channel for channel, held in sources.catalog.channels(image).items() if held == digest]
    facts = [
        ("Version", release.version),
        ("Channels", ", ".join(on) or "none"),
        ("Reason", str(release.reason)),
        ("Asked by", asked_by(release.actor, release.note)),
        ("Released", f"{release.released_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("Base", f"{release.base_name} {release.base_digest}" if release.base_name else ""),
    ]
    return [(key, value) for key, value in facts if value]


def _content(manifest: Manifest, body: dict[str, Any]) -> list[tuple[str, str]]:
    facts = [("Media type", manifest.descriptor.media_type)]
    if kind := body.get("artifactType"):
        facts.append(("Artifact", str(kind)))
    layers = body.get("layers")
    if isinstance(layers, list):
        sizes = [layer.get("size") for layer in layers if isinstance(layer, dict)]
        size = sum(one for one in sizes if isinstance(one, int))
        facts.append(("Layers", f"{len(layers)}, {size / 1e6:.1f} MB compressed"))
    return facts


def _links(sources: Sources, image: str, repository: str, manifest: Manifest) -> dict[str, str]:
    """Raises IntegrityError for an index that names no digests."""
    links: dict[str, str] = {}
    if manifest.descriptor.media_type in media.INDEXES:
        for platform, of in images.entries(repository, manifest)[:_MOST]:
            links[platform or "image"] = str(of)
    release = sources.catalog.release_by_digest(manifest.descriptor.digest)
    if release is not None and release.image == image:
        links["Build plan, with the evidence about its build context"] = str(release.plan)
    return links


def _texts(value: Any) -> dict[str, str]:
    return {str(key): str(one) for key, one in value.items()} if isinstance(value, dict) else {}
