"""Scanners: a stored SBOM in, typed findings out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from golden_images.core.digest import Digest
from golden_images.core.scanning import Database, Scan
from golden_images.ports.log import Log


@dataclass(frozen=True, slots=True)
class Mounted:
    """A database as it lies on this worker: what the registry's artifact holds, unpacked, by digest."""

    about: Database
    folder: Path


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """One SBOM. Nothing else of the image is looked at, so that it can be scanned again years later."""

    #: CycloneDX, as it is stored.
    sbom: bytes
    #: Of these bytes.
    digest: Digest
    #: None for a scanner that brings its own.
    database: Mounted | None
    timeout_seconds: int = 300


class Scanner(Protocol):
    """Raises ToolError where it could not do its work: a scanner that could not run has said nothing. What
    an image has no bearing on (age, canary, distribution) is checked by whoever asks, for all scanners
    alike."""

    @property
    def name(self) -> str:
        """``osv``, ``distro``, ``grype``."""

    @property
    def database(self) -> str:
        """The name of the database that it wants in its request; empty if it brings its own."""

    def version(self) -> str:
        """The program's, as it says itself; part of what a scan is known by."""

    def scan(self, request: ScanRequest, log: Log) -> Scan: ...
