"""What the stages need from the world. Adapters implement it; ``tests/fakes`` does, too.

Every method raises only errors of :mod:`golden_images.errors`, carries its own time-out and bounded
retries, and is safe to call again after being killed at any point.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields, replace
from typing import NoReturn

from golden_images.ports.catalog import Catalog
from golden_images.ports.downloads import Downloads
from golden_images.ports.engine import BuildRequest, ContainerSpec, Engine
from golden_images.ports.log import Log
from golden_images.ports.registry import Descriptor, Manifest, Registry
from golden_images.ports.scanning import Mounted, Scanner, ScanRequest
from golden_images.ports.tools import (
    Bootstrapper,
    BootstrapRequest,
    Linter,
    LintReport,
    PackageArchive,
    SbomGenerator,
    SbomRequest,
    Sboms,
    TestReport,
    TestRunner,
)

__all__ = [
    "PORTS",
    "BootstrapRequest",
    "Bootstrapper",
    "BuildRequest",
    "Catalog",
    "ContainerSpec",
    "Descriptor",
    "Downloads",
    "Engine",
    "LintReport",
    "Linter",
    "Log",
    "Manifest",
    "Mounted",
    "PackageArchive",
    "Ports",
    "Registry",
    "SbomGenerator",
    "SbomRequest",
    "Sboms",
    "ScanRequest",
    "Scanner",
    "TestReport",
    "TestRunner",
]


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
    downloads: Callable[[], Downloads]
    #: By name, ``osv``; raises UsageError for one that there is not.
    scanner: Callable[[str], Scanner]
    #: The client for an external base's registry, by host.
    registry_of: Callable[[str], Registry]

    def only(self, names: Collection[str], who: str) -> Ports:
        """These ports and no other, for the work of ``who``: asking for one that is not among ``names``
        raises LookupError, before anything is looked up or connected."""
        return replace(self, **{name: _refused(name, who) for name in PORTS.difference(names)})


#: The names of all ports.
PORTS = frozenset(field.name for field in fields(Ports))


def _refused(name: str, who: str) -> Callable[..., NoReturn]:
    def refuse(*_: object) -> NoReturn:
        raise LookupError(f"{who} asks for the port {name}, which its row in the table does not name")

    return refuse
