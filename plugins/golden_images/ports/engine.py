"""What builds images and runs containers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from golden_images.core.digest import Digest
from golden_images.ports.log import Log


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """``context`` is an uncompressed tar in GNU format. ``bases`` are the images that it takes
    from, ``host/repository@digest``: where a registry wants a login, they are read with ours."""

    context: BinaryIO
    dockerfile: str
    tag: str
    args: Mapping[str, str]
    labels: Mapping[str, str]
    bases: Sequence[str] = ()
    platform: str = "linux/amd64"
    target: str = ""
    no_cache: bool = False
    timeout_seconds: int = 3600


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """A container to look into: read-only, no capability, no network, kept alive by ``command``."""

    image: str
    name: str
    labels: Mapping[str, str]
    command: Sequence[str] = ("sleep", "infinity")
    #: Writable memory file systems by path.
    tmpfs: Sequence[str] = ("/tmp", "/run")  # noqa: S108 - inside the container


class Engine(Protocol):
    """One Docker Engine."""

    @property
    def endpoint(self) -> str:
        """What DOCKER_HOST would hold."""

    def ping(self) -> None: ...

    def build(self, request: BuildRequest, log: Log) -> str:
        """The image id. Raises StageFailed with the failing line and the last output."""

    def push(self, tag: str, log: Log) -> Digest:
        """Pushes a local tag ``host/repository:tag`` and returns the manifest's digest."""

    def pull(self, reference: str, log: Log) -> None: ...

    def container(self, spec: ContainerSpec) -> AbstractContextManager[str]:
        """A running container's id; removed on every exit."""

    def remove_image(self, tag: str) -> None:
        """Absent is success."""

    def reap(self, labels: Mapping[str, str]) -> list[str]:
        """Removes every container that has all ``labels``; their names."""
