"""What an SBOM says is in an image, typed: what scanners judge, and what is checked before they are believed.

Source: CycloneDX 1.6; the package URL specification; ``upstream`` and ``distro`` are syft's qualifiers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from golden_images.core.versions.debian import without_rebuild


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
    #: The source packages that are listed beside them.
    sources: tuple[Package, ...]
    #: Libraries whose package URL is missing or none, by name.
    unreadable: tuple[str, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The types of its packages, sorted."""
        return tuple(sorted({one.kind for one in self.packages}))


class _Component(msgspec.Struct, frozen=True, gc=False):
    """What is looked at, of any type: others wrote it."""

    type: Any = None
    name: Any = None
    version: Any = None
    purl: Any = None


class _Document(msgspec.Struct, frozen=True):
    components: list[_Component]
    metadata: Any = None


#: Ten times as fast as json, which matters where a thousand SBOMs are read in a row.
_DECODER = msgspec.json.Decoder(_Document)


def inventory(cyclonedx: bytes) -> Inventory:
    """Raises ValueError for a document that cannot be read."""
    try:
        document = _DECODER.decode(cyclonedx)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"it is no list of components: {error}") from error
    system = ""
    packages: list[Package] = []
    sources: list[Package] = []
    unreadable: list[str] = []
    for component in document.components:
        if component.type == "operating-system":
            system = "-".join(str(one) for one in (component.name, component.version) if one)
        if component.type not in ("library", "application", "framework"):
            continue
        found = package(str(component.purl or ""))
        if found is None:
            if component.type == "library":
                unreadable.append(str(component.name or "?"))
        else:
            (sources if found.is_source else packages).append(found)
    return Inventory(_subject(document.metadata), system, tuple(packages), tuple(sources), tuple(unreadable))


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
    # A rebuild without a change of the source has a version of its own.
    rebuilt = read.type == "deb" and architecture != "source"
    built_from = without_rebuild(version) if rebuilt else version
    return Package(
        purl=purl,
        kind=read.type,
        namespace=read.namespace or "",
        name=read.name,
        version=version,
        source=source or read.name,
        source_version=source_version or built_from,
        architecture=architecture,
        distribution=str(qualifiers.get("distro", "")),
        is_source=architecture == "source",
    )


def _subject(metadata: Any) -> str:
    try:
        return str(metadata["component"]["version"])
    except (KeyError, TypeError):
        return ""
