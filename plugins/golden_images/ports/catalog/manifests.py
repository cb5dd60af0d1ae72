"""What runs work on, word for word: the manifests of their plans and candidates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from golden_images.core.digest import Digest
from golden_images.ports.registry import Manifest


class Manifests(Protocol):
    def keep_manifests(self, image: str, kept: Sequence[Manifest]) -> None:
        """All or none. A cache: of each image the last few hundred are kept."""

    def kept_manifest(self, image: str, digest: Digest) -> Manifest | None:
        """None if it is not kept, or not as its digest says."""
