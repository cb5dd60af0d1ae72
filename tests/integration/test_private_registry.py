"""A registry with a certificate of a private authority, and with a login for whatever it is asked: images are
built on what it holds, listed, tested and released, by what the Connections say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import pytest

from golden_images import wiring
from golden_images.adapters.registry import client_from
from golden_images.core.digest import Digest
from golden_images.ports import Ports
from golden_images.stages import build, resolve
from tests.fakes.world import World, definition
from tests.integration.platforms import ARCHITECTURES, push_platforms
from tests.integration.tiny import FILES, SCAN, SUITE
from tests.services.certificates import Certificate, self_signed
from tests.services.engine import ENDPOINT, bridge_address, trusted
from tests.services.images import push_image
from tests.services.registry import HTPASSWD, LOGIN, PASSWORD, RegistryService

pytestmark = [pytest.mark.docker, pytest.mark.registry]

PARENT = """ARG BASE
FROM ${BASE}
COPY greeting /greeting
COPY os-release /etc/os-release
COPY status /var/lib/dpkg/status
"""
#: The base twice: what a stage began with is there for the next one, too.
CHILD = """ARG BASE
FROM ${BASE} AS stage
COPY Dockerfile /copied

FROM ${BASE}
COPY --from=stage /copied /copied
"""
BOTH = [f"linux/{architecture}" for architecture in ARCHITECTURES]


@pytest.fixture
def address(engine_client: docker.APIClient) -> str:
    """Of this machine, and not loopback."""
    return bridge_address(engine_client)


@pytest.fixture
def certificate(tmp_path: Path, address: str) -> Certificate:
    folder = tmp_path / "authority"
    folder.mkdir()
    return self_signed(folder, address)


@pytest.fixture(params=["login", "nobody"])
def service(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    certificate: Certificate,
    address: str,
    engine_client: docker.APIClient,
) -> Iterator[RegistryService]:
    """One that wants a login, and one that wants none."""
    folder = tmp_path / "registry"
    folder.mkdir()
    htpasswd = folder / "htpasswd"
    htpasswd.write_text(HTPASSWD)
    login = {"htpasswd": {"realm": "tests", "path": str(htpasswd)}}
    made = RegistryService(folder, login if request.param == "login" else {}, certificate, address)
    made.start()
    with trusted(made.host, certificate.certificate):
        yield made
    made.stop()
    for image in engine_client.images():
        for held in image["RepoDigests"] or ():
            if held.startswith(made.host):
                engine_client.remove_image(held, force=True)


@pytest.fixture
def world(
    tmp_path: Path, service: RegistryService, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> World:
    who: dict[str, Any] = {"login": LOGIN, "password": PASSWORD} if service.auth else {}
    access = {"conn_type": "docker", "host": service.host, **who}
    access["extra"] = {"ca_file": str(certificate.certificate)}
    monkeypatch.setenv("AIRFLOW_CONN_GOLDEN_IMAGES_REGISTRY", json.dumps(access))
    engine = {"conn_type": "docker", "host": ENDPOINT}
    monkeypatch.setenv("AIRFLOW_CONN_GOLDEN_IMAGES_ENGINE", json.dumps(engine))
    registry = client_from(service.host, ca_file=certificate.certificate, **who)
    world = World(contexts=tmp_path / "contexts", registry=registry)
    folder = world.context("parent", PARENT)
    for name, content in FILES.items():
        (folder / name).write_text(content)
    (folder / "tests" / "test_it.py").write_text(SUITE)
    folder = world.context("child", CHILD)
    (folder / "tests" / "test_it.py").write_text(SUITE)
    return world


@pytest.fixture
def base(world: World, service: RegistryService, shell_image: str, engine_client: docker.APIClient) -> str:
    """An index of two platforms that the engine does not hold."""
    name = f"{service.host}/private/shell"
    engine_client.tag(shell_image, name, "amd64")
    login = {"username": LOGIN, "password": PASSWORD}
    for line in engine_client.push(name, tag="amd64", auth_config=login, stream=True, decode=True):
        assert "error" not in line, line
    engine_client.remove_image(f"{name}:amd64")
    push_platforms(world.registry, "private/shell", "amd64", tag="1")
    return f"{name}:1"


@pytest.fixture
def ports(world: World) -> Ports:
    return replace(wiring.ports(world.organisation), catalog=lambda: world.catalog)


def test_images_are_built_listed_tested_and_released(
    world: World, ports: Ports, base: str, service: RegistryService, engine_client: docker.APIClient
) -> None:
    build = {"platforms": BOTH}
    parent = world.run(definition("parent", base={"reference": base}, build=build, stages=SCAN), ports=ports)
    child = world.run(definition("child", base={"image": "parent"}, build=build, stages=SCAN), ports=ports)
    for name, run in (("parent", parent), ("child", child)):
        assert run.candidate is not None
        release = world.catalog.current(name)
        assert release is not None
        assert release.digest == run.candidate.digest
        assert run.reports["sbom"].facts["packages"] >= 1
        assert run.reports["test"].facts["tests_passed"] == 2
        index = json.loads(world.registry.manifest(f"golden/{name}", "dev").content)
        assert [entry["platform"]["architecture"] for entry in index["manifests"]] == list(ARCHITECTURES)
        for entry, architecture in zip(index["manifests"], ARCHITECTURES, strict=True):
            manifest = json.loads(world.registry.manifest(f"golden/{name}", entry["digest"]).content)
            config = json.loads(world.registry.blob(f"golden/{name}", Digest(manifest["config"]["digest"])))
            assert config["architecture"] == architecture
    if service.auth:
        with pytest.raises(docker.errors.APIError, match="auth"):
            # Nothing of the login stays with the engine.
            engine_client.pull(base.rpartition(":")[0], tag="1")


def test_a_build_stage_is_pulled_as_its_registry_wants_it_and_is_what_the_plan_pins(
    world: World, ports: Ports, base: str
) -> None:
    stage = "FROM {} AS tools\nRUN echo built > /tool\n"
    world.context(
        "staged", f"ARG BASE\n{stage.format(base)}\nFROM ${{BASE}}\nCOPY --from=tools /tool /tool\n"
    )
    image = definition("staged", base={"reference": base}, build={"platforms": BOTH[:1]})
    resolution = resolve.run(world.request(image), ports)
    (pin,) = resolution.plan.inputs.stages
    assert pin.name == base
    # An image of nothing: a stage that was left to the tag could run nothing.
    push_image(world.registry, "private/shell", b"nothing", tag="1")
    assert resolution.plan_digest is not None
    report = build.run(world.job("staged", resolution.plan_digest, None, "build"), ports)
    assert report.made
