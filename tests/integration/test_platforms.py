"""An image for two platforms through the stages, on the real engine, registry and syft."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import docker
import pytest

from golden_images.adapters.engine import DockerEngine
from golden_images.adapters.registry import client_from
from golden_images.adapters.tools.syft import Syft
from golden_images.core import media
from golden_images.core.digest import Digest
from tests.fakes.world import World, definition
from tests.integration.platforms import ARCHITECTURES, push_platforms
from tests.integration.tiny import DOCKERFILE, FILES, SCAN
from tests.services.registry import RegistryService

pytestmark = [pytest.mark.docker, pytest.mark.registry]


@pytest.fixture
def base(registry_service: RegistryService, shell_image: str, engine_client: docker.APIClient) -> str:
    """An index of two platforms; nothing of the second is ever executed here."""
    repository = "platforms/base"
    name = f"{registry_service.host}/{repository}"
    engine_client.tag(shell_image, name, "amd64")
    for line in engine_client.push(name, tag="amd64", stream=True, decode=True):
        assert "error" not in line, line
    engine_client.remove_image(f"{name}:amd64")
    push_platforms(client_from(registry_service.host), repository, "amd64", tag="1")
    return f"{name}:1"


def test_index_is_released_with_an_image_and_a_base_of_each_platform(
    tmp_path: Path, base: str, registry_service: RegistryService, docker_engine: DockerEngine
) -> None:
    registry: Any = client_from(registry_service.host)
    engine: Any = docker_engine
    syft: Any = Syft(insecure=True)
    world = World(
        contexts=tmp_path,
        registry=registry,
        engine=engine,
        sbom_generator=syft,
        externals={registry_service.host: registry},
    )
    folder = world.context("two", DOCKERFILE)
    for name, content in FILES.items():
        (folder / name).write_text(content)
    platforms = ["linux/amd64", "linux/arm64"]
    image = definition("two", base={"reference": base}, build={"platforms": platforms}, stages=SCAN)
    run = world.run(image)
    assert run.candidate is not None
    index = json.loads(registry.manifest("golden/two", "dev").content)
    assert [entry["platform"]["architecture"] for entry in index["manifests"]] == list(ARCHITECTURES)
    for entry, architecture in zip(index["manifests"], ARCHITECTURES, strict=True):
        assert entry["mediaType"] == media.MANIFEST
        manifest = json.loads(registry.manifest("golden/two", entry["digest"]).content)
        config = json.loads(registry.blob("golden/two", Digest(manifest["config"]["digest"])))
        assert config["architecture"] == architecture
    assert run.reports["sbom"].facts["packages"] >= 1
    release = world.catalog.current("two")
    assert release is not None
    assert release.digest == run.candidate.digest
