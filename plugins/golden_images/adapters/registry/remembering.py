"""A registry that is asked for a manifest once in a task: its digest says that it never changes."""

from __future__ import annotations

from typing import Any, cast

from golden_images.core.digest import Digest
from golden_images.ports import Descriptor, Manifest, Registry

#: A task touches some ten manifests, of a few thousand bytes each.
_MOST = 64
_BYTES = 1024 * 1024


def remembering(registry: Registry) -> Registry:
    """For one task: what another process deletes meanwhile is still remembered here. Tags are asked for
    every time, and so is whether a digest is there (``resolve``)."""
    return cast("Registry", _Remembering(registry))


class _Remembering:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._known: dict[tuple[str, str], Manifest] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._registry, name)

    def manifest(self, repository: str, reference: str) -> Manifest:
        found = self._known.get((repository, reference))
        if found is None:
            found = self._registry.manifest(repository, reference)
            self._remember(repository, found)
        return found

    def put_manifest(
        self, repository: str, content: bytes, media_type: str, *, tag: str | None = None
    ) -> Descriptor:
        descriptor = self._registry.put_manifest(repository, content, media_type, tag=tag)
        self._remember(repository, Manifest(descriptor, content))
        return descriptor

    def delete_manifest(self, repository: str, digest: Digest) -> None:
        self._known.pop((repository, digest), None)
        self._registry.delete_manifest(repository, digest)

    def _remember(self, repository: str, manifest: Manifest) -> None:
        # By its digest alone: a tag may be another manifest's the next moment.
        if len(self._known) < _MOST and len(manifest.content) <= _BYTES:
            self._known[repository, manifest.descriptor.digest] = manifest
