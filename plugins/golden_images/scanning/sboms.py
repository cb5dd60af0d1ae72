"""An SBOM that is to be scanned: is it the image's, is there anything in it, can it be judged?

Every scanner that is known answers "no vulnerabilities" to an empty SBOM, and to a version that it cannot
read; so we look first.
"""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from golden_images.core import debian
from golden_images.core.digest import Digest
from golden_images.core.inventory import Inventory, Package, inventory
from golden_images.core.scanning import Unjudged


@dataclass(frozen=True, slots=True)
class Sbom:
    """``artifact`` is what the catalog knows it by; ``subject`` the image that it has to describe."""

    content: bytes
    digest: Digest
    artifact: Digest
    subject: Digest
    inventory: Inventory

    @property
    def unreadable(self) -> tuple[Unjudged, ...]:
        """Of its packages those that no scanner can judge."""
        nameless = [Unjudged(what=name, why="it has no package URL") for name in self.inventory.unreadable]
        odd = [
            Unjudged(what=one.purl, why=why) for one in self.inventory.packages if (why := _unreadable(one))
        ]
        return (*nameless, *odd)


def read(content: bytes, artifact: Digest, subject: Digest) -> Sbom:
    """Raises ValueError for what says nothing about ``subject``."""
    found = inventory(content)
    if found.subject != subject:
        raise ValueError(f"it describes {found.subject or 'nothing'}, not {subject}")
    if not found.packages:
        raise ValueError("it lists no package")
    return Sbom(content, Digest.of(content), artifact, subject, found)


def _unreadable(package: Package) -> str:
    """Why its version is none, in a sentence; empty if it is one."""
    if not package.version:
        return "it has no version"
    if package.kind == "deb" and (debian.version(package.version) or debian.version(package.source_version)):
        return f"{package.version!r} is no version of Debian's"
    if package.kind == "pypi":
        try:
            Version(package.version)
        except InvalidVersion:
            return f"{package.version!r} is no version of Python's"
    return ""
