"""Small images for tests that need a registry, and no engine."""

from __future__ import annotations

from collections.abc import Mapping

from golden_images.adapters.registry import documents
from golden_images.core import media
from golden_images.core.digest import Digest, canonical_json
from golden_images.ports import Descriptor, Registry


def push_image(
    registry: Registry,
    repository: str,
    content: bytes,
    *,
    tag: str | None = None,
    platform: str = "linux/amd64",
    labels: Mapping[str, str] | None = None,
) -> Digest:
    """An image of one layer, which is ``content``; the same arguments give the same digest."""
    return _push_image(registry, repository, content, tag, platform, labels).digest


def push_index(
    registry: Registry, repository: str, content: bytes, *, tag: str | None = None, platforms: tuple[str, ...]
) -> Digest:
    """An index with one image a platform."""
    entries = []
    for platform in platforms:
        pushed = _push_image(registry, repository, content, None, platform)
        entries.append(
            documents.to_json(Descriptor(pushed.media_type, pushed.digest, pushed.size, platform=platform))
        )
    index = canonical_json({"schemaVersion": 2, "mediaType": media.INDEX, "manifests": entries})
    return registry.put_manifest(repository, index, media.INDEX, tag=tag).digest


def _push_image(
    registry: Registry,
    repository: str,
    content: bytes,
    tag: str | None,
    platform: str,
    labels: Mapping[str, str] | None = None,
) -> Descriptor:
    system, architecture, *variant = platform.split("/")
    layer = registry.push_blob(repository, content)
    config: dict[str, object] = {
        "os": system,
        "architecture": architecture,
        "rootfs": {"type": "layers", "diff_ids": [layer.digest]},
    }
    if labels:
        config["config"] = {"Labels": dict(labels)}
    if variant:
        config["variant"] = variant[0]
    pushed = registry.push_blob(repository, canonical_json(config))
    manifest = canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": media.MANIFEST,
            "config": {"mediaType": media.CONFIG, "digest": pushed.digest, "size": pushed.size},
            "layers": [{"mediaType": media.LAYER_TAR, "digest": layer.digest, "size": layer.size}],
        }
    )
    return registry.put_manifest(repository, manifest, media.MANIFEST, tag=tag)
