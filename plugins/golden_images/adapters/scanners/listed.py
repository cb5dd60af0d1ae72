"""What an SBOM lists, to hold the answer of a program against."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from packageurl import PackageURL

from golden_images.core.inventory import Package, package


@dataclass(frozen=True, slots=True)
class Component:
    """A package of the SBOM, sources included; ``name`` and ``version`` are the component's own words."""

    name: str
    version: str
    ref: str
    purl: str
    read: Package


@dataclass(frozen=True, slots=True)
class Listed:
    """What the SBOM lists, to hold an answer against. ``unnamed``: packages without a package URL."""

    components: tuple[Component, ...]
    unnamed: tuple[str, ...]
    #: The operating system's name and version, empty where the SBOM has none.
    system: tuple[str, str]

    def named(self) -> Mapping[str, str]:
        """Package URLs as the SBOM has them, by their canonical text."""
        return {canonical(one.purl): one.purl for one in self.components}


def components(sbom: bytes) -> Listed:
    """The packages of a CycloneDX document, source packages included. Raises ValueError for one that cannot
    be read."""
    document = json.loads(sbom)
    found: list[Component] = []
    unnamed: list[str] = []
    system = ("", "")
    for one in document["components"]:
        if one.get("type") == "operating-system":
            system = (str(one.get("name", "")), str(one.get("version", "")))
        if one.get("type") not in ("library", "framework", "application"):
            continue
        name, purl = str(one.get("name") or "?"), str(one.get("purl", ""))
        read = package(purl)
        if read is None:
            unnamed += [name] if one["type"] == "library" else []
            continue
        found.append(Component(name, str(one.get("version", "")), str(one.get("bom-ref", "")), purl, read))
    return Listed(tuple(found), tuple(unnamed), system)


@lru_cache(maxsize=1 << 14)
def canonical(purl: str) -> str:
    """One text for one package URL: programs write theirs anew, with other characters escaped."""
    try:
        return PackageURL.from_string(purl).to_string()
    except ValueError:
        return purl
