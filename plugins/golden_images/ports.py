"""What the stages need from the world. Adapters implement it; ``tests/fakes.py`` does, too.

Every method raises only errors of :mod:`golden_images.errors`, carries its own time-out and bounded
retries, and is safe to call again after being killed at any point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from golden_images.core.digest import Digest
from golden_images.core.release import BaseVersion, ChannelMove, Decision, EvidenceRecord, Release
from golden_images.core.watching import Settlement, Wake, Watched

#: Receives one line of progress, without its line end.
Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Descriptor:
    """OCI content descriptor; ``size`` in bytes."""

    media_type: str
    digest: Digest
    size: int
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)
    #: ``os/architecture[/variant]`` for an entry of an index, else empty.
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """``content`` is the exact bytes, checked against ``descriptor.digest``."""

    descriptor: Descriptor
    content: bytes


class Registry(Protocol):
    """One OCI registry (distribution-spec 1.1). ``repository`` never includes the host."""

    @property
    def host(self) -> str:
        """``host[:port]`` as it stands in references."""

    def ping(self) -> None:
        """Raises RegistryError unless the registry answers and accepts our credentials."""

    def resolve(self, repository: str, reference: str) -> Descriptor | None:
        """What a tag or digest is now (HEAD); None if the registry does not know it."""

    def manifest(self, repository: str, reference: str) -> Manifest:
        """Raises RegistryError(status=404) if absent, IntegrityError if the bytes do not match."""

    def put_manifest(
        self, repository: str, content: bytes, media_type: str, *, tag: str | None = None
    ) -> Descriptor:
        """Atomic. Without ``tag`` by digest only. Raises IntegrityError if the registry answers a
        digest other than that of ``content``."""

    def delete_manifest(self, repository: str, digest: Digest) -> None:
        """Absent is success."""

    def has_blob(self, repository: str, digest: Digest) -> bool: ...

    def blob(self, repository: str, digest: Digest) -> bytes:
        """The whole blob, checked. For reports and configurations, not for layers."""

    def open_blob(self, repository: str, digest: Digest) -> AbstractContextManager[Iterator[bytes]]:
        """Streams chunks; raises IntegrityError at the end if the digest does not match."""

    def push_blob(self, repository: str, content: bytes | Path) -> Descriptor:
        """Uploads in chunks and resumes a cut connection; a blob that exists is not sent again."""

    def mount_blob(self, repository: str, digest: Digest, source: str) -> bool:
        """Cross-repository mount; False if the registry declined (push it then)."""

    def tags(self, repository: str) -> list[str]:
        """All tags, every page; empty if the repository does not exist."""

    def repositories(self) -> list[str]:
        """The catalog, every page. Raises RegistryError(404/401) where a registry does not offer it."""

    def attach(
        self,
        repository: str,
        subject: Descriptor,
        *,
        artifact_type: str,
        blobs: Sequence[tuple[str, bytes]],
        annotations: Mapping[str, str],
        tag: str,
    ) -> Descriptor:
        """Pushes a referrer of ``subject`` with one layer a ``(media type, content)`` pair.

        Maintains the fallback tag ``sha256-<hex>`` where the registry has no referrers API, and
        tags the referrer itself (``tag``), so that garbage collection cannot take it. The same
        content and annotations give the same digest.
        """

    def referrers(
        self, repository: str, subject: Digest, artifact_type: str | None = None
    ) -> tuple[Descriptor, ...]:
        """Referrers API, else fallback tag; with artifact type and annotations filled in."""


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """``context`` is an uncompressed tar in GNU format. ``owner`` identifies the task for clean-up."""

    context: BinaryIO
    dockerfile: str
    tag: str
    args: Mapping[str, str]
    labels: Mapping[str, str]
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


@dataclass(frozen=True, slots=True)
class BootstrapRequest:
    """A root base from the distribution's own archive."""

    suite: str
    variant: str = "minbase"
    components: Sequence[str] = ("main",)
    packages: Sequence[str] = ()
    #: Archive address; empty means what the worker's own apt uses for the suite.
    mirror: str = ""
    architecture: str = "amd64"
    source_date_epoch: int = 0
    timeout_seconds: int = 1800


class Bootstrapper(Protocol):
    def bootstrap(self, request: BootstrapRequest, target: Path, log: Log) -> None:
        """Writes the root file system as an uncompressed tar to ``target``; the same request and
        archive state give the same bytes."""


class PackageArchive(Protocol):
    """A distribution's package archive, for the question "is anything newer?"."""

    def release_time(self, suite: str, mirror: str = "") -> datetime:
        """The newest ``Date`` of the suite's (with updates' and security's) Release files."""

    def candidates(
        self, suite: str, components: Sequence[str], architecture: str, mirror: str = ""
    ) -> Mapping[str, str]:
        """Newest version by binary package name over the suite, its updates and its security."""

    def newer(self, candidate: str, installed: str) -> bool:
        """Debian version order (deb-version(7))."""


@dataclass(frozen=True, slots=True)
class Sboms:
    cyclonedx: bytes
    spdx: bytes
    #: ``syft 1.18.1``
    tool: str


class SbomGenerator(Protocol):
    def generate(self, reference: str, log: Log) -> Sboms:
        """``reference`` is ``host/repository@digest``."""


@dataclass(frozen=True, slots=True)
class LintReport:
    sarif: bytes
    tool: str


class Linter(Protocol):
    def lint(self, dockerfile: Path, *, ignore: Sequence[str] = ()) -> LintReport: ...


@dataclass(frozen=True, slots=True)
class TestReport:
    junit: bytes
    tool: str


class TestRunner(Protocol):
    def run(self, suite: Path, container: str, endpoint: str, log: Log, timeout_seconds: int) -> TestReport:
        """Runs ``suite`` (a folder of pytest-testinfra tests) against a running container. Failing
        tests are a report, not an error; a run that could not happen is a ToolError."""


class Catalog(Protocol):
    """The index. Every ``record_*`` is idempotent: the same record again changes nothing."""

    def migrate(self) -> None: ...

    def images(self) -> list[str]: ...

    def current(self, image: str) -> Release | None:
        """The newest release by time of release, backfills excluded."""

    def releases(self, image: str) -> list[Release]:
        """Newest first."""

    def release_by_digest(self, digest: Digest) -> Release | None: ...

    def release_of_build(self, image: str, build_id: str) -> Release | None:
        """Also finds the release that a later build was recognised as identical to."""

    def claim(self, image: str, build_id: str, digest: Digest) -> Digest:
        """First caller wins: the digest that this build id releases, from now on and for all."""

    def record_release(self, release: Release) -> None:
        """Raises IntegrityError if the version stands for another digest: a version never moves."""

    def record_identical(self, image: str, build_id: str, digest: Digest) -> None:
        """``build_id`` gave the same result as the release ``digest``."""

    def record_evidence(self, record: EvidenceRecord) -> None: ...

    def evidence(self, image: str, subject: Digest) -> list[EvidenceRecord]: ...

    def channels(self, image: str) -> dict[str, Digest]:
        """Where each channel's newest move led to."""

    def record_move(self, move: ChannelMove) -> None: ...

    def moves(self, image: str, channel: str | None = None) -> list[ChannelMove]:
        """Newest first."""

    def record_decision(self, decision: Decision) -> None:
        """One a run; a run that decides again replaces what it decided."""

    def decisions(self, image: str, limit: int = 20) -> list[Decision]:
        """Newest first."""

    def record_base_version(self, version: BaseVersion) -> bool:
        """False if it is no news, by the rules of :mod:`golden_images.core.ledger`: the ledger has
        this base and digest at this time, or the watch saw what the base was already.

        Raises InputError for a time in the future, beyond a tolerance.
        """

    def bases(self) -> list[str]:
        """Every base that the ledger knows, by name."""

    def base_versions(
        self, base: str, since: datetime | None = None, until: datetime | None = None
    ) -> list[BaseVersion]:
        """The changes of digest that began in the window, oldest first, bounds included."""

    def histories(self, bases: Sequence[str], since: datetime | None = None) -> dict[str, list[BaseVersion]]:
        """:meth:`base_versions` of many; one that the ledger does not know has none."""

    def watched(self) -> dict[str, Watched]:
        """What the watch has seen, by base."""

    def observe(self, seen: Sequence[Watched]) -> dict[str, Watched]:
        """What stands afterwards, by base: the one of ``seen``, unless the base had this digest
        already. Of two watches that see one change, both get the first one's row. All or none."""

    def settle(self, versions: Sequence[BaseVersion]) -> Settlement:
        """Pending digests, dated by their first sight, become versions in the ledger, by the rules of
        :mod:`golden_images.core.watching`. All that are not refused, or none."""

    def poke(self, bases: Sequence[str]) -> None:
        """These are to be looked at now. A base that was never seen is passed over."""

    def take_pokes(self) -> list[str]:
        """The bases that were poked since the last call, by name."""

    def wakes(self) -> list[Wake]:
        """The last one of every image and base."""

    def record_wakes(self, wakes: Sequence[Wake]) -> None:
        """One a pair of image and base: a later one replaces it."""

    def clear(self) -> None:
        """Empties releases, builds, evidence and channels, for a rebuild from the registry. Decisions,
        the ledger of base versions and what the watch knows stay: no registry holds them."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What a stage is handed. Adapters are made on first use, so a stage pays for what it touches."""

    registry: Callable[[], Registry]
    engine: Callable[[], Engine]
    catalog: Callable[[], Catalog]
    sbom_generator: Callable[[], SbomGenerator]
    linter: Callable[[], Linter]
    test_runner: Callable[[], TestRunner]
    bootstrapper: Callable[[], Bootstrapper]
    package_archive: Callable[[], PackageArchive]
    #: The client for an external base's registry, by host.
    registry_of: Callable[[str], Registry]
