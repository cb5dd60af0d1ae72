"""One suite for the engine in memory and for the Docker Engine."""

from __future__ import annotations

import io
import json
import tarfile
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from golden_images.adapters.registry import documents
from golden_images.core.digest import Digest
from golden_images.errors import EngineError, InputError, StageFailed
from golden_images.ports import BuildRequest, ContainerSpec, Engine
from tests.fakes.engine import FakeEngine
from tests.fakes.registry import FakeRegistry


@dataclass
class Subject:
    """An engine, an image with a shell in it, and a registry host that it can push to."""

    engine: Engine
    base: str
    registry: str
    read: Any
    lines: list[str]

    def build(self, dockerfile: str, tag: str = "", **more: Any) -> str:
        request = BuildRequest(
            context=context({"Dockerfile": dockerfile.replace("BASE", self.base), "file": "content"}),
            dockerfile="Dockerfile",
            tag=tag or self.tag(),
            args=more.pop("args", {}),
            labels=more.pop("labels", {}),
            **more,
        )
        try:
            return self.engine.build(request, self.lines.append)
        finally:
            if not tag:
                self.engine.remove_image(request.tag)

    def tag(self) -> str:
        return f"{self.registry}/contract/{uuid.uuid4().hex}:candidate"


def context(files: dict[str, str]) -> io.BytesIO:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    content.seek(0)
    return content


def _real(request: pytest.FixtureRequest) -> Subject:
    import httpx

    host = request.getfixturevalue("registry_service").host

    def read(repository: str, kind: str, reference: str) -> bytes:
        answer = httpx.get(
            f"http://{host}/v2/{repository}/{kind}/{reference}",
            headers={"Accept": "application/vnd.docker.distribution.manifest.v2+json"},
            trust_env=False,
        )
        return answer.raise_for_status().content

    return Subject(
        request.getfixturevalue("docker_engine"), request.getfixturevalue("shell_image"), host, read, []
    )


def _fake() -> Subject:
    registry = FakeRegistry()
    engine = FakeEngine(registry)
    engine.add_image("shell:1")

    def read(repository: str, kind: str, reference: str) -> bytes:
        if kind == "blobs":
            return registry.blob(repository, Digest(reference))
        return registry.manifest(repository, reference).content

    return Subject(engine, "shell:1", registry.host, read, [])


@pytest.fixture(params=["fake", pytest.param("real", marks=[pytest.mark.docker, pytest.mark.registry])])
def subject(request: pytest.FixtureRequest) -> Subject:
    return _fake() if request.param == "fake" else _real(request)


def test_a_build_gives_an_image_id_and_shows_its_steps(subject: Subject) -> None:
    identity = subject.build("FROM BASE\nCOPY file /file\n")
    assert Digest(identity)
    assert any("COPY file /file" in line for line in subject.lines)


def test_a_failing_instruction_is_named_with_its_line(subject: Subject) -> None:
    with pytest.raises(StageFailed) as caught:
        subject.build("FROM BASE\n\n# why\nCOPY file /file\nRUN exit 1\nRUN true\n")
    assert "Dockerfile line 5: RUN exit 1" in str(caught.value)
    assert "exit code: 1" in str(caught.value)
    assert not caught.value.retryable


def test_an_unknown_instruction_is_named_with_its_line(subject: Subject) -> None:
    with pytest.raises(StageFailed, match=r"Dockerfile line 2: FETCH .*unknown instruction: FETCH"):
        subject.build("FROM BASE\nFETCH file /file\n")


def test_a_missing_file_is_named_with_its_line(subject: Subject) -> None:
    with pytest.raises(StageFailed, match=r'Dockerfile line 2: COPY absent /file: "/absent" not found'):
        subject.build("FROM BASE\nCOPY absent /file\n")


def test_a_context_without_the_dockerfile_is_an_input_error(subject: Subject) -> None:
    request = BuildRequest(context({"other": ""}), "Dockerfile", subject.tag(), {}, {})
    with pytest.raises(InputError, match="no Dockerfile"):
        subject.engine.build(request, subject.lines.append)


def test_a_push_gives_the_digest_that_the_registry_serves(subject: Subject) -> None:
    tag = subject.tag()
    repository = tag.removeprefix(f"{subject.registry}/").removesuffix(":candidate")
    built = subject.build("FROM BASE\nCOPY file /file\n", tag=tag, labels={"kept": "yes"})
    try:
        digest = subject.engine.push(tag, subject.lines.append)
        again = subject.engine.push(tag, subject.lines.append)
    finally:
        subject.engine.remove_image(tag)
    content = subject.read(repository, "manifests", "candidate")
    assert Digest.of(content) == digest == again
    manifest = documents.load(content, tag)
    assert built in {digest, manifest["config"]["digest"]}, "the build names what is pushed"
    config = json.loads(subject.read(repository, "blobs", manifest["config"]["digest"]))
    assert config["config"]["Labels"]["kept"] == "yes"


def test_a_push_of_nothing_and_to_nobody_is_refused(subject: Subject) -> None:
    with pytest.raises(EngineError, match="does not exist"):
        subject.engine.push(subject.tag(), subject.lines.append)
    nobody = "127.0.0.1:1/contract/image:candidate"
    subject.build("FROM BASE\nCOPY file /file\n", tag=nobody)
    try:
        with pytest.raises(EngineError, match="connection refused") as caught:
            subject.engine.push(nobody, subject.lines.append)
    finally:
        subject.engine.remove_image(nobody)
    assert subject.engine.endpoint in str(caught.value)


def test_a_container_lives_inside_the_block_only(subject: Subject) -> None:
    name = f"golden-images-contract-{uuid.uuid4().hex}"
    labels = {"contract": name}
    spec = ContainerSpec(subject.base, name, labels)
    with pytest.raises(ZeroDivisionError), subject.engine.container(spec):
        raise ZeroDivisionError
    assert subject.engine.reap(labels) == []


def test_a_container_replaces_the_one_that_a_killed_try_left(subject: Subject) -> None:
    name = f"golden-images-contract-{uuid.uuid4().hex}"
    labels = {"contract": name}
    spec = ContainerSpec(subject.base, name, labels)
    with subject.engine.container(spec), subject.engine.container(spec) as second:
        assert second
        assert subject.engine.reap(labels) == [name]


def test_reap_takes_only_what_has_every_label(subject: Subject) -> None:
    name = f"golden-images-contract-{uuid.uuid4().hex}"
    spec = ContainerSpec(subject.base, name, {"contract": name, "stage": "test"})
    with subject.engine.container(spec):
        assert subject.engine.reap({"contract": name, "stage": "build"}) == []
        assert subject.engine.reap({"contract": name, "stage": "test"}) == [name]
    with pytest.raises(ValueError, match="at least one label"):
        subject.engine.reap({})


def test_a_container_of_an_unknown_image_is_an_engine_error(subject: Subject) -> None:
    spec = ContainerSpec("golden-images-absent:1", f"golden-images-contract-{uuid.uuid4().hex}", {"a": "b"})
    with pytest.raises(EngineError, match="No such image"), subject.engine.container(spec):
        pass


def test_removing_an_absent_image_is_success(subject: Subject) -> None:
    subject.engine.remove_image(subject.tag())
