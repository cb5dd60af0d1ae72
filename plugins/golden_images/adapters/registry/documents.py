"""Manifests, indexes and descriptors: between the JSON of the specification and our types. Pure.

Source: OCI image-spec 1.1, "Image Manifest" (with "Guidelines for Artifact Usage"), "Image Index".
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from golden_images.core import media
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.names import ANNOTATION_TITLE
from golden_images.errors import IntegrityError
from golden_images.ports import Descriptor

#: What we can read. Docker's schema 1 is left out: its digest is not that of its bytes.
ACCEPT = ", ".join((media.MANIFEST, media.INDEX, media.DOCKER_MANIFEST, media.DOCKER_LIST))

EMPTY = b"{}"
EMPTY_DESCRIPTOR = Descriptor(media.EMPTY, Digest.of(EMPTY), len(EMPTY))


def to_json(descriptor: Descriptor) -> dict[str, Any]:
    """The specification's form, without the fields that are empty."""
    document: dict[str, Any] = {
        "mediaType": descriptor.media_type,
        "digest": str(descriptor.digest),
        "size": descriptor.size,
    }
    if descriptor.artifact_type:
        document["artifactType"] = descriptor.artifact_type
    if descriptor.annotations:
        document["annotations"] = dict(descriptor.annotations)
    if descriptor.data:
        document["data"] = base64.b64encode(descriptor.data).decode()
    if descriptor.platform:
        system, architecture, *variant = descriptor.platform.split("/")
        document["platform"] = {"os": system, "architecture": architecture}
        if variant:
            document["platform"]["variant"] = variant[0]
    return document


def from_json(document: Mapping[str, Any]) -> Descriptor:
    """Raises ValueError if ``document`` is no descriptor."""
    try:
        platform = document.get("platform") or {}
        parts = (platform.get("os"), platform.get("architecture"), platform.get("variant"))
        return Descriptor(
            media_type=str(document["mediaType"]),
            digest=Digest(document["digest"]),
            size=int(document["size"]),
            artifact_type=str(document.get("artifactType") or ""),
            annotations=annotations_of(document),
            platform="/".join(part for part in parts if part),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no content descriptor: {error!r}") from error


def load(content: bytes, what: str) -> dict[str, Any]:
    """A JSON object; raises IntegrityError naming ``what`` otherwise."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise IntegrityError(f"{what} is not JSON", cause=str(error)) from error
    if not isinstance(document, dict):
        raise IntegrityError(f"{what} is not a JSON object", cause=f"it is a {type(document).__name__}")
    return document


def artifact(
    subject: Descriptor, artifact_type: str, layers: Sequence[Descriptor], annotations: Mapping[str, str]
) -> bytes:
    """A referrer's manifest; the same arguments give the same bytes."""
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": media.MANIFEST,
        "artifactType": artifact_type,
        "config": to_json(EMPTY_DESCRIPTOR),
        # A manifest without layers is refused by some registries, hence the specification's filler.
        "layers": [to_json(layer) for layer in layers or (EMPTY_DESCRIPTOR,)],
        "subject": to_json(Descriptor(subject.media_type, subject.digest, subject.size)),
    }
    if annotations:
        document["annotations"] = dict(annotations)
    return canonical_json(document)


def embedded(held: bytes | Descriptor) -> bytes:
    """What a layer's descriptor carries of its own content."""
    if isinstance(held, Descriptor):
        return held.data
    return held if len(held) <= media.MOST_EMBEDDED else b""


def titled(title: str) -> dict[str, str]:
    """A layer's annotations; by the title, ORAS and its like make a file of it."""
    return {ANNOTATION_TITLE: title} if title else {}


def index(entries: Iterable[Descriptor]) -> bytes:
    """A fallback index: sorted by digest, so that the same entries give the same bytes."""
    unique = {entry.digest: entry for entry in entries}
    return canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": media.INDEX,
            "manifests": [to_json(unique[digest]) for digest in sorted(unique)],
        }
    )


def entries(content: bytes, what: str) -> tuple[Descriptor, ...]:
    """An index's descriptors; raises IntegrityError if it is none."""
    listed = load(content, what).get("manifests") or []
    try:
        return tuple(from_json(entry) for entry in listed)
    except (ValueError, TypeError) as error:
        raise IntegrityError(f"{what} is not an index", cause=str(error)) from error


def annotations_of(document: Mapping[str, Any]) -> dict[str, str]:
    """As far as they are texts: others write what they like."""
    found = document.get("annotations")
    if not isinstance(found, dict):
        return {}
    return {key: text for key, text in found.items() if isinstance(text, str)}


def artifact_type_of(manifest: Mapping[str, Any]) -> str:
    """``artifactType``, else the configuration's media type (distribution-spec, "Listing Referrers")."""
    declared, config = manifest.get("artifactType"), manifest.get("config")
    return str(declared or (config.get("mediaType") if isinstance(config, dict) else "") or "")


def subject_of(manifest: Mapping[str, Any]) -> Digest | None:
    subject = manifest.get("subject")
    try:
        return Digest(subject["digest"]) if isinstance(subject, dict) else None
    except (KeyError, TypeError, ValueError):
        return None
