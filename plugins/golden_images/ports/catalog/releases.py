"""Releases, who may make them, and builds that gave nothing new."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from golden_images.core.digest import Digest
from golden_images.core.release import Release, ReleaseState


class Releases(Protocol):
    def images(self) -> list[str]: ...

    def current(self, image: str) -> Release | None:
        """The newest good release by time of release, backfills excluded."""

    def currents(self, images: Sequence[str]) -> dict[str, Release]:
        """:meth:`current` of many; one that has none is left out."""

    def releases(self, image: str) -> list[Release]:
        """Newest first."""

    def find_releases(self, version: str, digits: str = "") -> list[Release]:
        """Of all images, newest first: those of this version, and those whose digest begins with these
        hex digits (none: no digest does)."""

    def release_by_digest(self, digest: Digest) -> Release | None: ...

    def release_of_build(self, image: str, build_id: str) -> Release | None:
        """Also finds the release that a later build was recognised as identical to."""

    def releases_of_builds(self, image: str, build_ids: Sequence[str]) -> dict[str, Release]:
        """:meth:`release_of_build` of many; a build that has none is left out."""

    def releases_on(self, image: str, bases: Sequence[str]) -> list[Release]:
        """Those built on one of the digests ``bases``, newest first."""

    def claim(self, image: str, build_id: str, digest: Digest, instead_of: Digest | None = None) -> Digest:
        """First caller wins: the digest that this build id releases, from now on and for all. One that
        was revoked gives way to the next caller's, and so does ``instead_of``, unless it is released."""

    def record_release(self, release: Release) -> None:
        """Raises IntegrityError if the version stands for another digest: a version never moves. The
        release's ``state`` is not written: :meth:`set_release_state` alone does that."""

    def set_release_state(self, image: str, digest: Digest, state: ReleaseState) -> None:
        """Of every version of this digest, also of those recorded later."""

    def record_identical(self, image: str, build_id: str, digest: Digest) -> None:
        """``build_id`` gave the same result as the release ``digest``."""
