"""Garbage collection of the real registry, which deletes every untagged manifest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from golden_images.adapters.registry import client_from
from golden_images.adapters.registry import documents as doc
from golden_images.catalogue.rebuild import rebuild
from golden_images.core import media
from golden_images.core.digest import Digest
from golden_images.images.image import whole
from golden_images.images.plan_artifact import fetch_past
from golden_images.ports import Descriptor
from tests.fakes.world import World, child, root
from tests.services.registry import RegistryService

pytestmark = pytest.mark.registry


def test_garbage_collection_takes_no_evidence(own_registry_service: RegistryService) -> None:
    service = own_registry_service
    registry = client_from(service.host)
    repository = "golden/base"
    subject = registry.put_manifest(repository, doc.index([]), media.INDEX, tag="build-1")

    def attach(stage: str) -> Descriptor:
        return registry.attach(
            repository,
            subject,
            artifact_type=f"application/x-{stage}",
            blobs=[("text/plain", f"report of {stage}".encode())],
            annotations={},
        )

    attached = {attach(stage).digest for stage in ("lint", "sbom", "test")}
    service.stop()
    service.collect_garbage()
    service.start()
    attached.add(attach("scan").digest)
    found = registry.referrers(repository, subject.digest)
    assert {one.digest for one in found} == attached
    for one in found:
        (layer,) = doc.load(registry.manifest(repository, one.digest).content, "evidence")["layers"]
        assert registry.blob(repository, Digest(layer["digest"])).startswith(b"report of")


def test_garbage_collection_takes_nothing_of_a_release(
    own_registry_service: RegistryService, tmp_path: Path
) -> None:
    """Of an index the images are not tagged by it, nor is what is attached to it."""
    service = own_registry_service
    world = World(contexts=tmp_path / "contexts", registry=client_from(service.host))
    for name in ("root", "child"):
        world.context(name)
    world.run(root())
    platforms = ["linux/amd64", "linux/arm64"]
    run = world.run(child(build={"platforms": platforms}))
    assert run.candidate is not None
    service.stop()
    service.collect_garbage()
    service.start()
    world = replace(world, registry=client_from(service.host))
    assert whole(world.registry, "golden/child", run.candidate.digest) is not None
    again = world.lost_catalog()
    assert rebuild(again, world.registry, world.organisation, world.log.append).problems == ()
    for name in ("root", "child"):
        (release,) = again.releases(name)
        assert [release] == world.catalog.releases(name)
        assert again.moves(name) == world.catalog.moves(name)
        assert fetch_past(world.registry, f"golden/{name}", release.plan).inputs.image == name
        held = {one.digest for one in world.catalog.evidence(name, release.digest)}
        assert {one.digest for one in again.evidence(name, release.digest)} == held
        assert all(world.registry.resolve(f"golden/{name}", digest) for digest in held)
    assert world.run(child(build={"platforms": platforms}), run_id="second").resolution.plan_digest is None
