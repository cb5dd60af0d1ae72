"""Manifests that are kept for those who work on them."""

from __future__ import annotations

from dataclasses import replace

from golden_images.adapters.catalog.manifests import KEPT
from golden_images.core import media
from golden_images.core.digest import Digest
from golden_images.ports import Catalog, Descriptor, Manifest
from tests.contract.catalog import IMAGE, at_once, digest
from tests.contract.conftest import Connect


def manifest(name: str) -> Manifest:
    content = f'{{"config": "{name} → für alle"}}'.encode()
    return Manifest(Descriptor(media.INDEX, Digest.of(content), len(content)), content)


class TestManifests:
    def test_they_are_kept_word_for_word(self, connect: Connect) -> None:
        one, other = manifest("one"), manifest("other")
        for _ in range(2):
            connect().keep_manifests(IMAGE, [one, other])
        assert connect().kept_manifest(IMAGE, one.descriptor.digest) == one
        assert connect().kept_manifest(IMAGE, other.descriptor.digest) == other
        assert connect().kept_manifest("nginx", one.descriptor.digest) is None
        assert connect().kept_manifest(IMAGE, digest("never")) is None

    def test_one_that_is_not_as_its_digest_says_is_not_kept(self, catalog: Catalog) -> None:
        altered = replace(manifest("one"), content=b"{}")
        catalog.keep_manifests(IMAGE, [altered])
        assert catalog.kept_manifest(IMAGE, altered.descriptor.digest) is None

    def test_an_images_oldest_go_first(self, catalog: Catalog) -> None:
        catalog.keep_manifests("nginx", [manifest("one")])
        old = [manifest(f"{number}") for number in range(KEPT)]
        catalog.keep_manifests(IMAGE, old)
        catalog.keep_manifests(IMAGE, [manifest("new")])
        assert catalog.kept_manifest(IMAGE, old[0].descriptor.digest) is None
        for kept in (old[1], old[-1], manifest("new")):
            assert catalog.kept_manifest(IMAGE, kept.descriptor.digest) == kept
        assert catalog.kept_manifest("nginx", manifest("one").descriptor.digest) is not None

    def test_many_at_once_keep_all(self, connect: Connect) -> None:
        at_once(connect, lambda catalog, n: catalog.keep_manifests(IMAGE, [manifest(f"{n % 4}")]))
        found = [connect().kept_manifest(IMAGE, manifest(f"{n}").descriptor.digest) for n in range(4)]
        assert found == [manifest(f"{n}") for n in range(4)]

    def test_a_rebuild_keeps_them(self, catalog: Catalog) -> None:
        catalog.keep_manifests(IMAGE, [manifest("one")])
        catalog.clear()
        assert catalog.kept_manifest(IMAGE, manifest("one").descriptor.digest) == manifest("one")
