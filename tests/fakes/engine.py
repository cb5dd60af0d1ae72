"""An engine in memory: it understands enough of a Dockerfile to succeed, to fail, and to push."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
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
    """``layers`` are the blobs that it is pushed with."""

    config: bytes
    layers: tuple[bytes, ...] = ()


@dataclass(slots=True)
class FakeEngine:
    """Pushes go to ``registry``; without one they are refused as by a registry that is down.

    ``kind``: which manifests it pushes, and what it names an image by. ``docker`` and ``oci``: by the
    configuration; ``manifest`` and ``containerd`` (an index with the image): as engines that keep images
    as containerd does, by what they push. ``sources``: the registries of bases, beside ``registry``.
    ``failure``: raised by the next call of ``build``, then forgotten. ``down``: nothing answers.
    """

    registry: Registry | None = None
    endpoint: str = "unix:///fake.sock"
    #: What it makes images for instead of what it is asked; empty: that.
    architecture: str = ""
    kind: Literal["docker", "oci", "manifest", "containerd"] = "docker"
    down: bool = False
    failure: GoldenImagesError | None = None
    builds: list[Built] = field(default_factory=list)
    pushes: list[str] = field(default_factory=list)
    pulls: list[str] = field(default_factory=list)
    sources: Mapping[str, Registry] = field(default_factory=dict)
    images: dict[str, _Image] = field(default_factory=dict)
    containers: dict[str, ContainerSpec] = field(default_factory=dict)

    def ping(self) -> None:
        if self.down:
            raise self._error("the engine does not answer", "connection refused")

    def add_image(self, tag: str) -> None:
        """A base that builds may start from."""
        self.images[tag] = _Image(canonical_json({"base": tag}))

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
        beneath = self._base(_from(steps, request))
        config = canonical_json(
            {
                "architecture": self.architecture or request.platform.split("/")[1],
                "os": "linux",
                # As with a real engine, two builds of the same thing differ in their time.
                "created": f"2026-01-01T00:{len(self.builds):02d}:00Z",
                "config": {"Labels": dict(request.labels)},
                "rootfs": {"type": "layers", "diff_ids": [*_diff_ids(beneath), Digest.of(layer)]},
            }
        )
        made = self.images[request.tag] = _Image(config, (*beneath.layers, layer))
        return self._pushed(made)[0] if self.kind in ("manifest", "containerd") else Digest.of(config)

    def _base(self, reference: str) -> _Image:
        """What a registry or the engine has by this name; nothing's layers are none."""
        host, _, rest = reference.partition("/")
        name, _, digest = rest.partition("@")
        own = [self.registry] if self.registry is not None else []
        sources = {one.host: one for one in [*own, *self.sources.values()]}
        if host not in sources or not digest:
            return self.images.get(reference, _Image(b"{}"))
        source = sources[host]
        manifest = json.loads(source.manifest(name, digest).content)
        config, *layers = (
            source.blob(name, Digest(one["digest"])) for one in (manifest["config"], *manifest["layers"])
        )
        return _Image(config, tuple(layers))

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
        for content in (image.config, *image.layers):
            self.registry.push_blob(repository, content)
            log(f"{Digest.of(content).short}: Pushed")
        self.pushes.append(tag)
        digest, content, kind = self._pushed(image)
        if kind == media.INDEX:
            self.registry.push_blob(repository, b"{}")
            for entry in (_oci(image), _statement()):
                self.registry.put_manifest(repository, entry, media.MANIFEST)
        put = self.registry.put_manifest(repository, content, kind, tag=version)
        assert put.digest == digest
        return digest

    def _pushed(self, image: _Image) -> tuple[Digest, bytes, str]:
        """Digest, content and media type of what a push puts under the tag."""
        if self.kind == "docker":
            kind = media.DOCKER_MANIFEST
            content = _manifest(image, kind, media.DOCKER_CONFIG, media.DOCKER_LAYER)
        elif self.kind == "containerd":
            kind, content = media.INDEX, _index(image)
        else:
            kind, content = media.MANIFEST, _oci(image)
        return Digest.of(content), content, kind

    def pull(self, reference: str, log: Log) -> None:
        self.ping()
        self.pulls.append(reference)
        self.images.setdefault(reference, _Image(canonical_json({"pulled": reference})))
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
    config, *layers = (
        {"mediaType": media_type, "digest": Digest.of(content), "size": len(content)}
        for media_type, content in ((config_kind, image.config), *((layer_kind, one) for one in image.layers))
    )
    return canonical_json({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": layers})


def _oci(image: _Image) -> bytes:
    return _manifest(image, media.MANIFEST, media.CONFIG, media.LAYER)


def _statement() -> bytes:
    return _manifest(_Image(b"{}", (b"{}",)), media.MANIFEST, media.CONFIG, media.IN_TOTO)


def _index(image: _Image) -> bytes:
    """With a statement about the build beside the image, as engines do that keep images in containerd."""
    config = json.loads(image.config)
    own = {"os": config["os"], "architecture": config["architecture"]}
    unknown = {"os": "unknown", "architecture": "unknown"}
    entries = [
        {"mediaType": media.MANIFEST, "digest": Digest.of(one), "size": len(one), "platform": platform}
        for one, platform in ((_oci(image), own), (_statement(), unknown))
    ]
    return canonical_json({"schemaVersion": 2, "mediaType": media.INDEX, "manifests": entries})


def _diff_ids(image: _Image) -> list[str]:
    return list(json.loads(image.config).get("rootfs", {}).get("diff_ids", []))


def _from(steps: Sequence[Instruction], request: BuildRequest) -> str:
    """The image that the wanted stage begins with, by way of the stages that it is built on."""
    stages: dict[str, str] = {}
    image = ""
    for step in steps:
        word, _, rest = step.text.partition(" ")
        if word != "FROM":
            continue
        image, *named = [one for one in rest.split() if not one.startswith("--")]
        if image in ("$BASE", "${BASE}"):
            image = request.args.get("BASE", "")
        image = stages.get(image.lower(), image)
        if named:
            stages[named[-1].lower()] = image
    return stages.get(request.target.lower(), image)


def _files(request: BuildRequest) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(request.context.read()), mode="r:") as archive:
        found = {}
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                found[member.name.removeprefix("./")] = content.read()
        return found
