"""What goes wrong around the Docker Engine, on the real one."""

from __future__ import annotations

import gc
import io
import os
import signal
import subprocess
import sys
import tarfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from golden_images.adapters.engine import DockerEngine, transport
from golden_images.errors import EngineError, StageFailed
from golden_images.ports import BuildRequest, ContainerSpec
from tests.services.engine import ENDPOINT
from tests.services.registry import LOGIN, PASSWORD, RegistryService

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]

#: A task that is killed: it builds, or holds a container, until the end of time.
VICTIM = """
import sys, docker
from pathlib import Path
from golden_images.adapters.engine import DockerEngine
from golden_images.ports import BuildRequest, ContainerSpec
kind, endpoint, image, name = sys.argv[1:5]
engine = DockerEngine(lambda: docker.APIClient(base_url=endpoint, version="auto"), endpoint)
log = lambda line: print(line, flush=True)
if kind == "build":
    with Path(image).open("rb") as context:
        engine.build(BuildRequest(context, "Dockerfile", name, {}, {}), log)
else:
    with engine.container(ContainerSpec(image, name, {"victim": name})):
        log("ready")
        sys.stdin.read()
"""


def context(dockerfile: str) -> io.BytesIO:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.GNU_FORMAT) as archive:
        member = tarfile.TarInfo("Dockerfile")
        member.size = len(dockerfile.encode())
        archive.addfile(member, io.BytesIO(dockerfile.encode()))
    content.seek(0)
    return content


def request(dockerfile: str, tag: str, timeout_seconds: int = 120) -> BuildRequest:
    return BuildRequest(context(dockerfile), "Dockerfile", tag, {}, {}, timeout_seconds=timeout_seconds)


def running(*command: str) -> bool:
    """Whether any process of this machine, containers included, was started as ``command``."""
    wanted = "\0".join(command).encode() + b"\0"
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if entry.read_bytes() == wanted:
                return True
        except OSError:
            continue
    return False


def eventually(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "this never came true"
        time.sleep(0.05)


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
    alive: list[bool] = []

    def log(line: str) -> None:
        if line.endswith(" marker"):
            eventually(lambda: running("sleep", seconds))
            alive.append(True)

    with pytest.raises(EngineError, match="not done within 5 seconds"):
        docker_engine.build(
            request(f"FROM {shell_image}\nRUN echo marker; sleep {seconds}\n", tag, timeout_seconds=5), log
        )
    assert alive == [True]


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


# docker-py leaves the socket of a refused connection to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("call", ["ping", "build", "push", "pull", "container", "remove_image", "reap"])
def test_an_engine_that_is_down_is_named(call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "BACK_OFF", (0.0, 0.0))
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
    assert len(tries) == transport.ATTEMPTS * (2 if call == "container" else 1)
    del caught
    gc.collect()


def victim(kind: str, image: str, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", VICTIM, kind, ENDPOINT, image, name],
        env={**os.environ, "PYTHONPATH": str(ROOT / "plugins")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


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
        return DockerEngine(lambda: engine_client, ENDPOINT, login=login, password=password)

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
