"""Containers, logins and an engine that is not there."""

from __future__ import annotations

import gc
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from golden_images.adapters.engine import DockerEngine, transport
from golden_images.errors import EngineError
from golden_images.ports import ContainerSpec
from tests.services.engine import ENDPOINT
from tests.services.engine_faults import kill, request, victim
from tests.services.registry import LOGIN, PASSWORD, RegistryService

pytestmark = pytest.mark.docker


# docker-py leaves the socket of a refused connection to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("call", ["ping", "build", "push", "pull", "container", "remove_image", "reap"])
def test_an_engine_that_is_down_is_named(call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "POLICY", replace(transport.POLICY, base=0.0))
    endpoint = f"unix://{tmp_path}/none.sock"
    tries: list[str] = []

    def connect() -> docker.APIClient:
        tries.append(endpoint)
        return docker.APIClient(base_url=endpoint, version="auto")

    engine = DockerEngine(connect, endpoint)

    def container() -> None:
        with engine.container(ContainerSpec("image", "name", {"a": "b"})):
            pytest.fail("there is no engine")

    calls: dict[str, Callable[[], object]] = {
        "ping": engine.ping,
        "build": lambda: engine.build(request("FROM scratch\n", "a:1"), print),
        "push": lambda: engine.push("a:1", print),
        "pull": lambda: engine.pull("a:1", print),
        "container": container,
        "remove_image": lambda: engine.remove_image("a:1"),
        "reap": lambda: engine.reap({"a": "b"}),
    }
    with pytest.raises(EngineError) as caught:
        calls[call]()
    assert endpoint in str(caught.value)
    assert caught.value.endpoint == endpoint
    assert caught.value.retryable
    # A container that may have been made is also to be removed.
    assert len(tries) == transport.POLICY.attempts * (2 if call == "container" else 1)
    del caught
    gc.collect()


def test_what_a_killed_test_left_running_is_reaped(
    docker_engine: DockerEngine, shell_image: str, engine_client: docker.APIClient
) -> None:
    name = f"golden-images-victim-{uuid.uuid4().hex}"
    process = victim("container", shell_image, name)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    kill(process)
    assert engine_client.containers(filters={"name": name})
    assert docker_engine.reap({"victim": name}) == [name]
    assert engine_client.containers(all=True, filters={"name": name}) == []


@pytest.mark.registry
def test_the_registrys_login_travels_with_the_push(
    shell_image: str, engine_client: docker.APIClient, basic_auth_registry_service: RegistryService
) -> None:
    host = basic_auth_registry_service.host
    pushed = f"{host}/faults/{uuid.uuid4().hex}:candidate"

    def engine(login: str, password: str) -> DockerEngine:
        return DockerEngine(lambda: engine_client, ENDPOINT, login=lambda _: (login, password))

    right = engine(LOGIN, PASSWORD)
    right.build(request(f"FROM {shell_image}\n", pushed), print)
    try:
        for wrong in (engine("", ""), engine(LOGIN, "wrong")):
            with pytest.raises(EngineError, match=f"push of {pushed} failed") as caught:
                wrong.push(pushed, print)
            assert not caught.value.retryable
            assert "registry's Connection" in caught.value.remedy
            assert "wrong" not in str(caught.value)
        lines: list[str] = []
        digest = right.push(pushed, lines.append)
        # One line a layer and a few words around, not one a tick of a progress bar.
        assert len(lines) <= 6
        right.remove_image(pushed)
        reference = f"{pushed.removesuffix(':candidate')}@{digest}"
        with pytest.raises(EngineError):
            engine("", "").pull(reference, print)
        right.pull(reference, print)
        right.remove_image(reference)
    finally:
        right.remove_image(pushed)


def test_a_container_can_do_nothing_but_be_looked_into(
    docker_engine: DockerEngine, shell_image: str, engine_client: docker.APIClient
) -> None:
    name = f"golden-images-locked-{uuid.uuid4().hex}"

    def ask(identity: str, command: str) -> tuple[int, str]:
        created = engine_client.exec_create(identity, ["sh", "-c", command])
        output = engine_client.exec_start(created["Id"])
        return int(engine_client.exec_inspect(created["Id"])["ExitCode"]), output.decode()

    with docker_engine.container(ContainerSpec(shell_image, name, {"a": "b"})) as identity:
        assert "Read-only file system" in ask(identity, "touch /etc/written")[1]
        assert ask(identity, "touch /tmp/written /run/written")[0] == 0
        status = dict(
            line.split(":\t", 1)
            for line in ask(identity, "cat /proc/self/status")[1].splitlines()
            if ":\t" in line
        )
        assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
        assert status["NoNewPrivs"] == "1"
        assert ask(identity, "ls /sys/class/net")[1].split() == ["lo"]
        held = engine_client.inspect_container(identity)
        assert held["HostConfig"]["PidsLimit"] == 512
        assert held["HostConfig"]["Init"] is True
