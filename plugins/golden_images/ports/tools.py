"""Tools that make a root file system, or a report about an image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Protocol

from golden_images.ports.log import Log


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
    #: Without documentation, man pages and translations, also of packages that children install.
    slim: bool = False
    #: Programs keep their set-user-ID and set-group-ID bits.
    setuid: bool = False
    source_date_epoch: int = 0
    timeout_seconds: int = 1800


class Bootstrapper(Protocol):
    def bootstrap(self, request: BootstrapRequest, target: Path, log: Log) -> None:
        """Writes the root file system as an uncompressed tar to ``target``; the same request and
        archive state give the same content. It may hold ``/dev``, or not, or twice."""


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
class SbomRequest:
    """One image, and what a scan of it cannot find out."""

    #: ``host/repository@digest``
    reference: str
    #: When the image was built.
    created: datetime
    #: Who answers for it; empty where nobody is named.
    supplier: str = ""


@dataclass(frozen=True, slots=True)
class Sboms:
    cyclonedx: bytes
    spdx: bytes
    #: ``syft 1.18.1``
    tool: str


class SbomGenerator(Protocol):
    def generate(self, request: SbomRequest, log: Log) -> Sboms:
        """The same image gives the same documents, whenever they are made."""


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
    def run(
        self,
        suite: Path,
        container: str,
        endpoint: str,
        log: Log,
        timeout_seconds: int,
        *,
        origin: PurePosixPath,
    ) -> TestReport:
        """Runs ``suite`` (a folder of pytest-testinfra tests) against a running container. Failing
        tests are a report, not an error; a run that could not happen is a ToolError.

        ``origin`` is the folder, inside the project, that ``suite`` is a copy of: the report names
        its files, and no test's name tells of the container or of the copy.
        """
