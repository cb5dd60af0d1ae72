"""Images for several platforms, made of one image by the registry alone: no engine, no second machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from golden_images.core import media
from golden_images.core.digest import Digest, canonical_json
from golden_images.ports import Registry

ARCHITECTURES = ("amd64", "arm64")


def push_platforms(
    registry: Registry,
    repository: str,
    source: str,
    *,
    tag: str,
    architectures: Sequence[str] = ARCHITECTURES,
    environment: Sequence[str] = (),
) -> Digest:
    """An index of ``source``'s file system for each architecture, with more ``NAME=value`` in its
    environment. Nothing of another architecture than the machine's may be executed."""
    pushed = registry.manifest(repository, source)
    manifest: dict[str, Any] = json.loads(pushed.content)
    config = json.loads(registry.blob(repository, Digest(manifest["config"]["digest"])))
    inner = config.get("config") or {}
    config["config"] = {**inner, "Env": [*(inner.get("Env") or []), *environment]}
    entries = []
    for architecture in architectures:
        blob = registry.push_blob(repository, canonical_json(config | {"architecture": architecture}))
        manifest["config"] |= {"digest": blob.digest, "size": blob.size}
        made = registry.put_manifest(repository, canonical_json(manifest), pushed.descriptor.media_type)
        entries.append(
            {
                "mediaType": made.media_type,
                "digest": made.digest,
                "size": made.size,
                "platform": {"os": "linux", "architecture": architecture},
            }
        )
    index = canonical_json({"schemaVersion": 2, "mediaType": media.INDEX, "manifests": entries})
    return registry.put_manifest(repository, index, media.INDEX, tag=tag).digest
