"""Image manifests and configurations, as the stages read them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from golden_images.core import about, media, names
from golden_images.core.digest import Digest, canonical_json
from golden_images.errors import IntegrityError
from golden_images.ports import Descriptor, Manifest, Registry

#: Of an entry that is a statement about an image beside it. Source: BuildKit, "Attestation storage".
UNKNOWN_PLATFORM = "unknown/unknown"


def written(content: bytes, media_type: str) -> Manifest:
    """A manifest of ours, which no registry has yet."""
    return Manifest(Descriptor(media_type, Digest.of(content), len(content)), content)


def body(manifest: Manifest) -> dict[str, Any]:
    """Raises IntegrityError for a manifest that is no JSON object."""
    try:
        value = json.loads(manifest.content)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise IntegrityError(f"{manifest.descriptor.digest} is no manifest")
    return value


def named(descriptor: object, what: str) -> Digest:
    """The digest in a content descriptor that others wrote, before it becomes part of an address.
    Raises IntegrityError naming ``what`` it was found in."""
    try:
        return Digest(descriptor["digest"])  # type: ignore[index]
    except (ValueError, KeyError, TypeError):
        raise IntegrityError(
            f"{what} names content by something that is no digest", cause=repr(descriptor)[:200]
        ) from None


def content_of(registry: Registry, repository: str, descriptor: object, what: str) -> bytes:
    """What ``descriptor`` names, from itself where it holds it, else the blob. Raises IntegrityError, which
    names ``what`` it was found in, for a content of another digest."""
    digest, held = named(descriptor, what), carried(descriptor)
    if not held:
        return registry.blob(repository, digest)
    digest.check(held, what)
    return held


def carried(descriptor: object) -> bytes:
    """The content that a descriptor holds; empty if it holds none."""
    data = descriptor.get("data") if isinstance(descriptor, dict) else None
    try:
        return base64.b64decode(data, validate=True) if isinstance(data, str) else b""
    except ValueError:
        return b""


def manifests(registry: Registry, repository: str, manifest: Manifest) -> list[Manifest]:
    """The image manifests behind ``manifest``: itself, or those of an index."""
    if manifest.descriptor.media_type not in media.INDEXES:
        return [manifest]
    return [registry.manifest(repository, digest) for _, digest in entries(repository, manifest)]


def entries(repository: str, index: Manifest) -> list[tuple[str, Digest]]:
    """Platform and digest of each entry. Raises IntegrityError for what names no digest."""
    what = f"the index {repository}@{index.descriptor.digest}"
    listed = body(index).get("manifests") or []
    if not isinstance(listed, list):
        raise IntegrityError(f"{what} has no list of manifests", cause=repr(listed)[:200])
    digests = [named(entry, what) for entry in listed]
    return [(platform(entry.get("platform")), of) for entry, of in zip(listed, digests, strict=True)]


def platform(described: object) -> str:
    """``os/architecture[/variant]`` of an entry's platform or of a configuration; empty if it says none."""
    if not isinstance(described, dict):
        return ""
    parts = (described.get(part) for part in ("os", "architecture", "variant"))
    return "/".join(str(part) for part in parts if part)


def whole(registry: Registry, repository: str, digest: Digest) -> Manifest | None:
    """The manifest or index, if the registry has it with all that it names; else None."""
    if registry.resolve(repository, digest) is None:
        return None
    top = registry.manifest(repository, digest)
    if top.descriptor.media_type in media.INDEXES:
        held = all(whole(registry, repository, entry) for _, entry in entries(repository, top))
        return top if held else None
    content, what = body(top), f"{repository}@{digest}"
    blobs = [content.get("config"), *(content.get("layers") or [])]
    held = all(registry.has_blob(repository, named(blob, what)) for blob in blobs)
    return top if held else None


def config(registry: Registry, repository: str, manifest: Manifest) -> dict[str, Any]:
    """The configuration of an image manifest. Raises IntegrityError if it is no JSON object."""
    what = f"the manifest {repository}@{manifest.descriptor.digest}"
    try:
        value = json.loads(content_of(registry, repository, body(manifest).get("config"), what))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise IntegrityError(f"{what} has a configuration that cannot be read")
    return value


def labels(configuration: Mapping[str, Any]) -> dict[str, str]:
    """The labels of a configuration, as far as they are texts."""
    settings = configuration.get("config")
    found = settings.get("Labels") if isinstance(settings, dict) else None
    if not isinstance(found, dict):
        return {}
    return {key: text for key, text in found.items() if isinstance(text, str)}


def diff_ids(configuration: Mapping[str, Any]) -> list[str]:
    """Of a configuration: its layers, the lowest first, whatever they are compressed with. Raises
    IntegrityError if it does not list them."""
    rootfs = configuration.get("rootfs")
    layers = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    if not isinstance(layers, list) or not all(isinstance(layer, str) for layer in layers):
        raise IntegrityError("a configuration does not list its layers", cause=repr(rootfs)[:200])
    return layers


def configuration(registry: Registry, repository: str, manifest: Manifest) -> bytes:
    """What the image is, with times, its base's name and the record of its building left out: two images
    with the same answer run the same bytes in the same way."""
    parts = []
    for image in manifests(registry, repository, manifest):
        whole = config(registry, repository, image)
        kept = {key: whole.get(key) for key in ("architecture", "os", "variant")}
        stated = whole.get("config") or {}
        if not isinstance(stated, dict):
            raise IntegrityError(
                f"{repository}@{image.descriptor.digest}: its settings cannot be read",
                cause=repr(stated)[:200],
            )
        settings = {**stated, "Labels": about.without_base(labels(whole))}
        parts.append({**kept, "config": settings, "layers": diff_ids(whole)})
    return canonical_json(parts)


def size_of(registry: Registry, repository: str, manifest: Manifest) -> int:
    """Compressed bytes that a pull of the (first) image transfers, layers and configuration."""
    first = manifests(registry, repository, manifest)[0]
    content = body(first)
    return int(content["config"]["size"]) + sum(int(layer["size"]) for layer in content["layers"])


def created_of(registry: Registry, repository: str, manifest: Manifest) -> datetime:
    """When the (first) image was built, by what our build says in the manifest, else by its configuration;
    UTC. Raises IntegrityError if neither says so."""
    try:
        told = (body(manifest).get("annotations") or {}).get(names.ANNOTATION_CREATED)
        if told is None:
            first = manifests(registry, repository, manifest)[0]
            told = config(registry, repository, first)["created"]
        # Nanoseconds are Docker's; a document says seconds.
        return datetime.fromisoformat(f"{told[:19]}+00:00")
    except (AttributeError, KeyError, TypeError, ValueError):
        raise IntegrityError(f"{repository}@{manifest.descriptor.digest}: it does not say when") from None


def only_layer(registry: Registry, repository: str, reference: str) -> bytes:
    """The content of an artifact of one layer, by tag or digest. Raises IntegrityError for others."""
    manifest = registry.manifest(repository, reference)
    layers = body(manifest).get("layers") or []
    if not isinstance(layers, list) or len(layers) != 1:
        has = len(layers) if isinstance(layers, list) else "no list of"
        raise IntegrityError(f"{repository}:{reference} has {has} layers where one is meant")
    return content_of(registry, repository, layers[0], f"{repository}:{reference}")
