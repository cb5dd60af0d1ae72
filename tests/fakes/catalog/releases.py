"""Releases, who may make them, and builds that gave nothing new."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from golden_images.core.digest import Digest
from golden_images.core.release import Release, ReleaseState
from golden_images.errors import IntegrityError
from tests.fakes.catalog.memory import Memory


class Releases(Memory):
    def images(self) -> list[str]:
        self._answer()
        return sorted({release.image for release in self._releases.values()})

    def current(self, image: str) -> Release | None:
        return self.currents([image]).get(image)

    def currents(self, images: Sequence[str]) -> dict[str, Release]:
        found = self._found(
            lambda release: (
                release.image in images and not release.backfill and release.state is ReleaseState.GOOD
            )
        )
        return {release.image: release for release in reversed(found)}

    def releases(self, image: str) -> list[Release]:
        return self._found(lambda release: release.image == image)

    def find_releases(self, version: str, digits: str = "") -> list[Release]:
        return self._found(
            lambda release: (
                release.version == version or (bool(digits) and release.digest.hex.startswith(digits))
            )
        )

    def release_by_digest(self, digest: Digest) -> Release | None:
        return self._newest(lambda release: release.digest == digest)

    def release_of_build(self, image: str, build_id: str) -> Release | None:
        own = self._newest(lambda release: (release.image, release.build_id) == (image, build_id))
        same = self._identical.get((image, build_id))
        return own or self._newest(lambda release: (release.image, release.digest) == (image, same))

    def releases_of_builds(self, image: str, build_ids: Sequence[str]) -> dict[str, Release]:
        found = {build_id: self.release_of_build(image, build_id) for build_id in build_ids}
        return {build_id: release for build_id, release in found.items() if release}

    def releases_on(self, image: str, bases: Sequence[str]) -> list[Release]:
        return self._found(lambda release: release.image == image and release.base_digest in bases)

    def claim(self, image: str, build_id: str, digest: Digest, instead_of: Digest | None = None) -> Digest:
        self._answer()
        with self._lock:
            claimed = self._claims.get((image, build_id))
            released = any((one.image, one.digest) == (image, claimed) for one in self._releases.values())
            revoked = claimed is not None and self._states.get((image, claimed)) is ReleaseState.REVOKED
            if claimed is None or revoked or (claimed == instead_of and not released):
                self._claims[image, build_id] = digest
            return self._claims[image, build_id]

    def record_release(self, release: Release) -> None:
        self._answer()
        standing = self._releases.get((release.image, release.version))
        if standing and standing.digest != release.digest:
            raise IntegrityError(
                f"{release.image}: version {release.version} is released already, as another digest"
            )
        self._releases[release.image, release.version] = release
        self.claim(release.image, release.build_id, release.digest)

    def set_release_state(self, image: str, digest: Digest, state: ReleaseState) -> None:
        self._answer()
        self._states[image, digest] = state

    def record_identical(self, image: str, build_id: str, digest: Digest) -> None:
        self._answer()
        self._identical[image, build_id] = digest

    def _found(self, condition: Callable[[Release], bool]) -> list[Release]:
        self._answer()
        known = (self._with_state(release) for _, release in sorted(self._releases.items()))
        found = [release for release in known if condition(release)]
        return sorted(found, key=lambda release: (release.released_at, release.version), reverse=True)

    def _with_state(self, release: Release) -> Release:
        state = self._states.get((release.image, release.digest), ReleaseState.GOOD)
        return replace(release, state=state)

    def _newest(self, condition: Callable[[Release], bool]) -> Release | None:
        return next(iter(self._found(condition)), None)
