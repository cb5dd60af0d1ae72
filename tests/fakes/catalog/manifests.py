"""What runs work on, word for word."""

from __future__ import annotations

from collections.abc import Sequence

from golden_images.core.digest import Digest
from golden_images.ports import Manifest
from tests.fakes.catalog.memory import Memory

KEPT = 300


class Manifests(Memory):
    def keep_manifests(self, image: str, kept: Sequence[Manifest]) -> None:
        self._answer()
        with self._lock:
            for manifest in kept:
                self._manifests.setdefault((image, manifest.descriptor.digest), manifest)
            for key in [key for key in self._manifests if key[0] == image][:-KEPT]:
                del self._manifests[key]

    def kept_manifest(self, image: str, digest: Digest) -> Manifest | None:
        self._answer()
        found = self._manifests.get((image, digest))
        return found if found is not None and Digest.of(found.content) == digest else None
