"""Garbage collection of the real registry, which deletes every untagged manifest."""

from __future__ import annotations

import pytest

from golden_images.adapters.registry import client_from
from golden_images.adapters.registry import documents as doc
from golden_images.core import media
from golden_images.core.digest import Digest
from golden_images.ports import Descriptor
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
