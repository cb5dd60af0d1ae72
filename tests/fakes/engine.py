"""An engine in memory: it understands enough of a Dockerfile to succeed, to fail, and to push."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from golden_images.adapters.engine.dockerfile import Instruction, instructions
from golden_images.core import media
from golden_images.core.digest import Digest, canonical_json
from golden_images.errors import EngineError, GoldenImagesError, InputError, StageFailed
from golden_images.ports import BuildRequest, ContainerSpec, Log, Registry

_KNOWN = re.compile(
    "FROM|ARG|RUN|COPY|ADD|WORKDIR|ENV|LABEL|USER|CMD|ENTRYPOINT|EXPOSE|VOLUME|SHELL|HEALTHCHECK|STOPSIGNAL"
)


@dataclass(frozen=True, slots=True)
class Built:
    """A build that was asked for. ``files`` are the context's."""

    request: BuildRequest
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class _Image:
    config: bytes
    layer: bytes


@dataclass(slots=True)
class FakeEngine:
    """Pushes go to ``registry``; without one they are refused as by a registry that is down.

    ``kind``: which manifests it pushes: ``docker``, ``oci``, or ``containerd`` (an index with the image).
    ``failure``: raised by the next call of ``build``, then forgotten. ``down``: nothing answers.
    """

    registry: Registry | None = None
    endpoint: str = "unix:///fake.sock"
    #: What it makes images for instead of what it is asked; empty: that.
    architecture: str = ""
    kind: Literal["docker", "oci", "containerd"] = "docker"
    down: bool = False
    failure: GoldenImagesError | None = None
    builds: list[Built] = field(default_factory=list)
    pushes: list[str] = field(default_factory=list)
    pulls: list[str] = field(default_factory=list)
    images: dict[str, _Image] = field(default_factory=dict)
    containers: dict[str, ContainerSpec] = field(default_factory=dict)

    def ping(self) -> None:
        if self.down:
            raise self._error("the engine does not answer", "connection refused")

    def add_image(self, tag: str) -> None:
        """A base that builds may start from."""
        self.images[tag] = _Image(canonical_json({"base": tag}), tag.encode())

    def build(self, request: BuildRequest, log: Log) -> str:
        self.ping()
        files = _files(request)
        if request.dockerfile not in files:
            raise InputError(f"the build context has no {request.dockerfile}")
        self.builds.append(Built(request, files))
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure
        steps = instructions(files[request.dockerfile].decode())
        for number, step in enumerate(steps, 1):
            log(f"#{number} {step.text}")
            self._step(request, files, step)
        layer = canonical_json([{name: Digest.of(text) for name, text in files.items()}, dict(request.args)])
        config = canonical_json(
            {
                "architecture": self.architecture or request.platform.split("/")[1],
                "os": "linux",
                # As with a real engine, two builds of the same thing differ in their time.
                "created": f"2026-01-01T00:{len(self.builds):02d}:00Z",
                "config": {"Labels": dict(request.labels)},
                "rootfs": {"type": "layers", "diff_ids": [Digest.of(layer)]},
            }
        )
        self.images[request.tag] = _Image(config, layer)
        return Digest.of(config)

    def _step(self, request: BuildRequest, files: Mapping[str, bytes], step: Instruction) -> None:
        word, _, rest = step.text.partition(" ")
        cause = ""
        if not _KNOWN.fullmatch(word):
            cause = f"unknown instruction: {word}"
        elif word == "RUN" and (rest == "false" or rest.endswith("exit 1")):
            cause = "exit code: 1"
        elif word == "COPY" and not rest.startswith("-") and rest.split()[0] not in {*files, "."}:
            cause = f'"/{rest.split()[0]}" not found'
        if cause:
            raise StageFailed(
                f"build of {request.tag} failed",
                cause=f"Dockerfile line {step.line}: {step.text}: {cause}",
                remedy="correct the Dockerfile",
            )

    def push(self, tag: str, log: Log) -> Digest:
        self.ping()
        name, _, version = tag.rpartition(":")
        host, _, repository = name.partition("/")
        if tag not in self.images:
            raise self._error(
                f"push of {tag} failed", f"An image does not exist locally with the tag: {name}"
            )
        if self.registry is None or self.registry.host != host:
            raise self._error(f"push of {tag} failed", f"{host}: connection refused")
        image = self.images[tag]
        for content in (image.config, image.layer):
            self.registry.push_blob(repository, content)
        log(f"{Digest.of(image.layer).short}: Pushed")
        self.pushes.append(tag)
        if self.kind == "docker":
            manifest = _manifest(image, media.DOCKER_MANIFEST, media.DOCKER_CONFIG, media.DOCKER_LAYER)
            return self.registry.put_manifest(repository, manifest, media.DOCKER_MANIFEST, tag=version).digest
        manifest = _manifest(image, media.MANIFEST, media.CONFIG, media.LAYER)
        if self.kind == "oci":
            return self.registry.put_manifest(repository, manifest, media.MANIFEST, tag=version).digest
        return self._push_index(self.registry, repository, version, image, manifest)

    def _push_index(
        self, registry: Registry, repository: str, version: str, image: _Image, manifest: bytes
    ) -> Digest:
        """With a statement about the build beside the image, as engines do that keep images in containerd."""
        config = json.loads(image.config)
        statement = _manifest(_Image(b"{}", b"{}"), media.MANIFEST, media.CONFIG, media.IN_TOTO)
        registry.push_blob(repository, b"{}")
        unknown = {"os": "unknown", "architecture": "unknown"}
        own = {"os": config["os"], "architecture": config["architecture"]}
        entries = []
        for content, platform in ((manifest, own), (statement, unknown)):
            put = registry.put_manifest(repository, content, media.MANIFEST)
            entries.append(
                {"mediaType": media.MANIFEST, "digest": put.digest, "size": put.size, "platform": platform}
            )
        index = canonical_json({"schemaVersion": 2, "mediaType": media.INDEX, "manifests": entries})
        return registry.put_manifest(repository, index, media.INDEX, tag=version).digest

    def pull(self, reference: str, log: Log) -> None:
        self.ping()
        self.pulls.append(reference)
        self.images.setdefault(reference, _Image(canonical_json({"pulled": reference}), b""))
        log(f"pulled {reference}")

    @contextmanager
    def container(self, spec: ContainerSpec) -> Iterator[str]:
        self.ping()
        if spec.image not in self.images:
            raise self._error(
                f"container {spec.name} was not created", f"HTTP 404: No such image: {spec.image}"
            )
        self.containers[spec.name] = spec
        try:
            yield Digest.of(spec.name.encode()).hex
        finally:
            self.containers.pop(spec.name, None)

    def remove_image(self, tag: str) -> None:
        self.ping()
        self.images.pop(tag, None)

    def reap(self, labels: Mapping[str, str]) -> list[str]:
        self.ping()
        if not labels:
            raise ValueError("reap needs at least one label")
        names = sorted(
            name for name, spec in self.containers.items() if labels.items() <= dict(spec.labels).items()
        )
        for name in names:
            del self.containers[name]
        return names

    def _error(self, what: str, cause: str) -> EngineError:
        return EngineError(f"{what} (engine {self.endpoint})", endpoint=self.endpoint, cause=cause)


def _manifest(image: _Image, kind: str, config_kind: str, layer_kind: str) -> bytes:
    config, layer = (
        {"mediaType": media_type, "digest": Digest.of(content), "size": len(content)}
        for media_type, content in ((config_kind, image.config), (layer_kind, image.layer))
    )
    return canonical_json({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": [layer]})


def _files(request: BuildRequest) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(request.context.read()), mode="r:") as archive:
        found = {}
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                found[member.name.removeprefix("./")] = content.read()
        return found
