"""Package state: is anything that an image holds newer in the distribution's archive?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from golden_images.core.debian import CODE_NAMES
from golden_images.core.digest import Digest, canonical_json
from golden_images.ports import PackageArchive


@dataclass(frozen=True, slots=True)
class Installed:
    """The distribution's packages in one image."""

    suite: str
    architecture: str
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Update:
    name: str
    installed: str
    candidate: str

    def __str__(self) -> str:
        return f"{self.name} {self.installed} → {self.candidate}"


def installed(cyclonedx: bytes) -> Installed | None:
    """Debian's packages of a CycloneDX document; None for an image of another distribution.

    Raises ValueError for a document that cannot be read.
    """
    # As late as this: only a run that looks into an SBOM needs it.
    from packageurl import PackageURL

    document = json.loads(cyclonedx)
    components = document.get("components", []) if isinstance(document, dict) else None
    if not isinstance(components, list) or not all(isinstance(one, dict) for one in components):
        raise ValueError("it has no list of components")
    versions: dict[str, str] = {}
    architectures: set[str] = set()
    suite = ""
    for component in components:
        if component.get("type") == "operating-system" and component.get("name") == "debian":
            suite = CODE_NAMES.get(str(component.get("version", "")).partition(".")[0], "")
        text = str(component.get("purl", ""))
        if not text.startswith("pkg:deb/debian/"):
            continue
        package = PackageURL.from_string(text)
        architecture = (
            package.qualifiers.get("arch", "all") if isinstance(package.qualifiers, dict) else "all"
        )
        if architecture == "source":
            # Listed for scanners; the binary packages made of it are what is installed.
            continue
        if not package.version:
            raise ValueError(f"a package without a version: {text}")
        versions[package.name] = package.version
        architectures.add(architecture)
    architectures.discard("all")
    if not versions or not suite:
        return None
    if len(architectures) != 1:
        raise ValueError(f"packages of {len(architectures)} architectures in one image: {architectures}")
    return Installed(suite, architectures.pop(), versions)


def updates(
    image: Installed, archive: PackageArchive, components: Sequence[str] = ("main",), mirror: str = ""
) -> tuple[Update, ...]:
    """The installed packages that have a newer candidate, by name."""
    candidates = archive.candidates(image.suite, components, image.architecture, mirror)
    return tuple(
        Update(name, version, candidates[name])
        for name, version in sorted(image.versions.items())
        if name in candidates and candidates[name] != version and archive.newer(candidates[name], version)
    )


def state(previous: str, newer: Sequence[Update]) -> str:
    """The plan's package state after ``newer``: the same as before if there is nothing new."""
    if not newer:
        return previous
    return Digest.of(canonical_json([previous, [str(update) for update in newer]])).hex[:16]


def describe(newer: Sequence[Update]) -> str:
    """``openssl 3.0.14-1 → 3.0.15-1, +3``."""
    more = f", +{len(newer) - 1}" if len(newer) > 1 else ""
    return f"{newer[0]}{more}"
