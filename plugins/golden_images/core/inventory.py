"""What an SBOM says is in an image, typed: what scanners judge, and what is checked before they are believed.

Source: CycloneDX 1.6; the package URL specification; ``upstream`` and ``distro`` are syft's qualifiers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Package:
    """One package that is installed."""

    #: As the SBOM has it.
    purl: str
    #: The package URL's type: ``deb``, ``pypi``, ``npm``.
    kind: str
    #: ``debian``, ``@angular``; may be empty.
    namespace: str
    name: str
    version: str
    #: What it was built from; its own name and version where the SBOM names nothing else.
    source: str
    source_version: str
    #: In the distribution's words; empty where it does not say.
    architecture: str
    #: ``debian-12``; empty where the package URL names none.
    distribution: str
    #: True for a source package: nothing of it is installed, it is listed for scanners that look by it.
    is_source: bool


@dataclass(frozen=True, slots=True)
class Inventory:
    """``subject``: what the SBOM describes, an image's digest. ``system``: the operating system, such as
    ``debian-12``; empty where the SBOM names none."""

    subject: str
    system: str
    #: Without source packages.
    packages: tuple[Package, ...]
    #: Libraries whose package URL is missing or none, by name.
    unreadable: tuple[str, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The types of its packages, sorted."""
        return tuple(sorted({one.kind for one in self.packages}))


def inventory(cyclonedx: bytes) -> Inventory:
    """Raises ValueError for a document that cannot be read."""
    document = json.loads(cyclonedx)
    components = document.get("components") if isinstance(document, dict) else None
    if not isinstance(components, list) or not all(isinstance(one, dict) for one in components):
        raise ValueError("it has no list of components")
    system, packages, unreadable = "", [], []
    for component in components:
        if component.get("type") == "operating-system":
            system = "-".join(str(component[key]) for key in ("name", "version") if component.get(key))
        if component.get("type") not in ("library", "application", "framework"):
            continue
        found = package(str(component.get("purl", "")))
        if found is None:
            if component["type"] == "library":
                unreadable.append(str(component.get("name", "?")))
        elif not found.is_source:
            packages.append(found)
    return Inventory(_subject(document), system, tuple(packages), tuple(unreadable))


@lru_cache(maxsize=1 << 17)
def package(purl: str) -> Package | None:
    """None for what is no package URL. Many images hold the same packages: what was read is remembered."""
    from packageurl import PackageURL

    try:
        read = PackageURL.from_string(purl)
    except ValueError:
        return None
    qualifiers = read.qualifiers if isinstance(read.qualifiers, dict) else {}
    version = read.version or ""
    source, _, source_version = str(qualifiers.get("upstream", "")).partition("@")
    architecture = str(qualifiers.get("arch", ""))
    return Package(
        purl=purl,
        kind=read.type,
        namespace=read.namespace or "",
        name=read.name,
        version=version,
        source=source or read.name,
        source_version=source_version or version,
        architecture=architecture,
        distribution=str(qualifiers.get("distro", "")),
        is_source=architecture == "source",
    )


def _subject(document: Mapping[str, Any]) -> str:
    try:
        return str(document["metadata"]["component"]["version"])
    except (KeyError, TypeError):
        return ""
