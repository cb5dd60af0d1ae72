"""The build of a plan once more, as it would be if the engine were allowed to use its cache."""

from __future__ import annotations

import io
import tarfile

import docker

from golden_images.adapters.engine import DockerEngine
from golden_images.images import context, plan_artifact
from golden_images.ports import BuildRequest
from tests.integration.tiny import Tiny

STATUS = "/var/lib/dpkg/status"


def cached(tiny: Tiny, name: str, plan: str, engine: DockerEngine, client: docker.APIClient) -> str:
    """The list of packages in the result."""
    registry, repository = tiny.registry, f"golden/{name}"
    artifact = registry.manifest(repository, plan)
    found = plan_artifact.read(registry, repository, artifact)
    assert found.inputs.base is not None
    tag = f"{tiny.service.host}/{repository}:cached"
    with (
        plan_artifact.open_context(registry, repository, artifact) as archive,
        context.sent(archive, "tests") as content,
    ):
        request = BuildRequest(content, "Dockerfile", tag, {"BASE": found.inputs.base.pinned}, {})
        image = engine.build(request, lambda line: None)
    container = client.create_container(image, "true")["Id"]
    try:
        chunks, _ = client.get_archive(container, STATUS)
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
            member = archive.extractfile("status")
            assert member is not None
            return member.read().decode()
    finally:
        client.remove_container(container, force=True)
        engine.remove_image(tag)
