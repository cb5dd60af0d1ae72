"""What goes wrong around the Docker Engine, on the real one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from golden_images.adapters.engine import DockerEngine
from golden_images.errors import EngineError, StageFailed
from tests.services.engine_faults import context, eventually, kill, request, running, victim

pytestmark = pytest.mark.docker


@pytest.fixture
def tag(docker_engine: DockerEngine) -> Iterator[str]:
    name = f"golden-images-fault:{uuid.uuid4().hex}"
    yield name
    docker_engine.remove_image(name)


@pytest.fixture
def seconds() -> str:
    """How long a step of this test sleeps: a number that no other process sleeps."""
    return str(100_000 + uuid.uuid4().int % 800_000)


def test_the_error_of_a_failed_build_ends_with_its_last_lines(
    docker_engine: DockerEngine, shell_image: str, tag: str
) -> None:
    dockerfile = (
        f"FROM {shell_image}\nRUN echo kept && \\\n    for i in $(seq 30); do echo out $i; done; exit 7\n"
    )
    with pytest.raises(StageFailed) as caught:
        docker_engine.build(request(dockerfile, tag), lambda line: None)
    text = str(caught.value)
    assert "Dockerfile line 2: RUN echo kept" in text
    assert "exit code: 7" in text
    assert [line.strip() for line in text.splitlines() if line.strip().startswith("out ")] == [
        f"out {i}" for i in range(11, 31)
    ]
    assert "Traceback" not in text


def test_lines_arrive_while_the_step_runs(
    docker_engine: DockerEngine, shell_image: str, tag: str, seconds: str
) -> None:
    class Alive(Exception):
        pass

    def log(line: str) -> None:
        if line.endswith(" marker"):
            eventually(lambda: running("sleep", seconds))
            raise Alive

    with pytest.raises(Alive):
        docker_engine.build(request(f"FROM {shell_image}\nRUN echo marker; sleep {seconds}\n", tag), log)
    eventually(lambda: not running("sleep", seconds))


def test_a_build_that_takes_too_long_is_cancelled(
    docker_engine: DockerEngine, shell_image: str, tag: str, seconds: str, engine_client: docker.APIClient
) -> None:
    dockerfile = f"FROM {shell_image}\nRUN sleep {seconds}\n"
    with pytest.raises(EngineError, match="not done within 3 seconds"):
        docker_engine.build(request(dockerfile, tag, timeout_seconds=3), lambda line: None)
    eventually(lambda: not running("sleep", seconds))
    assert engine_client.images(tag) == []


def test_a_full_disk_is_named_as_such(docker_engine: DockerEngine, shell_image: str, tag: str) -> None:
    # The build's /dev/shm is a file system of 64 MB: the kernel's own ENOSPC.
    dockerfile = f"FROM {shell_image}\nRUN dd if=/dev/zero of=/dev/shm/full bs=1M count=100\n"
    with pytest.raises(EngineError) as caught:
        docker_engine.build(request(dockerfile, tag), lambda line: None)
    assert "disk full: Dockerfile line 2: RUN dd" in caught.value.cause
    assert "No space left on device" in caught.value.cause
    assert "docker system df" in caught.value.remedy
    assert not caught.value.retryable


def test_a_base_that_no_registry_gives_is_worth_a_retry(docker_engine: DockerEngine, tag: str) -> None:
    dockerfile = f"FROM 127.0.0.1:1/absent@sha256:{'0' * 64}\n"
    with pytest.raises(EngineError, match=r"cannot get 127\.0\.0\.1:1/absent") as caught:
        docker_engine.build(request(dockerfile, tag), lambda line: None)
    assert caught.value.retryable


def test_a_secret_mount_is_refused_with_the_reason(
    docker_engine: DockerEngine, shell_image: str, tag: str
) -> None:
    dockerfile = f"FROM {shell_image}\nRUN --mount=type=secret,id=token cat /run/secrets/token\n"
    with pytest.raises(StageFailed) as caught:
        docker_engine.build(request(dockerfile, tag), lambda line: None)
    assert "without a session" in caught.value.remedy


def test_a_killed_build_leaves_nothing_and_can_be_repeated(
    docker_engine: DockerEngine,
    shell_image: str,
    tag: str,
    seconds: str,
    engine_client: docker.APIClient,
    tmp_path: Path,
) -> None:
    before = {entry["Id"] for entry in engine_client.containers(all=True)}
    archive = tmp_path / "context.tar"
    archive.write_bytes(context(f"FROM {shell_image}\nRUN echo marker; sleep {seconds}\n").getvalue())
    process = victim("build", str(archive), tag)
    assert process.stdout is not None
    assert any(line.endswith(" marker\n") for line in process.stdout)
    eventually(lambda: running("sleep", seconds))
    kill(process)
    eventually(lambda: not running("sleep", seconds))
    assert engine_client.images(tag) == []
    assert all(
        shell_image not in e["Image"] for e in engine_client.containers(all=True) if e["Id"] not in before
    )
    assert docker_engine.build(request(f"FROM {shell_image}\nRUN echo marker\n", tag), lambda line: None)


def test_a_tag_that_a_killed_try_left_is_replaced_without_a_rest(
    docker_engine: DockerEngine, shell_image: str, tag: str, engine_client: docker.APIClient
) -> None:
    first = docker_engine.build(request(f"FROM {shell_image}\nRUN echo {tag} 1 > /etc/x\n", tag), print)
    second = docker_engine.build(request(f"FROM {shell_image}\nRUN echo {tag} 2 > /etc/x\n", tag), print)
    held = {image["Id"] for image in engine_client.images(all=True)}
    assert second in held
    assert first not in held
