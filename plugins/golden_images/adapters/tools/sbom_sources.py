"""What an SBOM needs so that every scanner finds everything in it: the operating system, and the source
packages that the binary ones were built from.

Debian's advisories name source packages. syft names a binary's source in the ``upstream=`` of its package
URL, which grype reads and neither osv-scanner nor trivy does: half of an image's findings are silently
missed. So each source package is a component of its own, under its own name and version. Trivy takes the
distribution from an operating-system component alone, which syft's SPDX has none of.
Sources: purl specification, type "deb"; SPDX 2.3, "Package source information", "GENERATED_FROM".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from packageurl import PackageURL

from golden_images.core.inventory import package

Document = dict[str, Any]

UNKNOWN = "NOASSERTION"
#: All that an SPDX identifier may not hold.
_FOREIGN = re.compile(r"[^A-Za-z0-9.-]+")
_OPERATING_SYSTEM = "SPDXRef-OperatingSystem-"


@dataclass(frozen=True, slots=True)
class Source:
    """A source package of Debian, or of a distribution made from it."""

    name: str
    version: str
    purl: str


def source_of(purl: str) -> Source | None:
    """What the binary package of this URL was built from; None for a package of another kind."""
    binary = package(purl)
    if binary is None or binary.kind != "deb" or not binary.source_version:
        return None
    name, version = binary.source, binary.source_version
    qualifiers = {"arch": "source", **({"distro": binary.distribution} if binary.distribution else {})}
    return Source(name, version, PackageURL("deb", binary.namespace, name, version, qualifiers).to_string())


def cyclonedx(components: Iterable[Document]) -> Iterator[Document]:
    """The components to add, by package URL: each source package that no binary one stands for by its own
    name and version."""
    for source, binary in _missing((str(one.get("purl", "")), one) for one in components):
        yield {
            "type": "library",
            "bom-ref": source.purl,
            "name": source.name,
            "version": source.version,
            "description": "source package, not installed itself",
            "purl": source.purl,
            # One maintainer has the source and all that is built from it.
            **({"supplier": binary["supplier"]} if "supplier" in binary else {}),
        }


def spdx(packages: Iterable[Document]) -> tuple[list[Document], list[Document]]:
    """SPDX's ``packages`` as they are to be written, with those to add behind them; relationships to add."""
    by_purl = [(spdx_purl(one), one) for one in packages]
    sources = {source.purl: _spdx_source(source, binary) for source, binary in _missing(by_purl)}
    written, relationships = [], []
    for purl, one in by_purl:
        source = source_of(purl)
        if source is None:
            written.append(one)
            continue
        # In this form and no other: trivy reads the source package from it.
        written.append({**one, "sourceInfo": f"built package from: {source.name} {source.version}"})
        if source.purl in sources:
            other = sources[source.purl]["SPDXID"]
            relationships.append(_related(one["SPDXID"], "GENERATED_FROM", other))
    return [*written, *sources.values()], relationships


def spdx_purl(one: Document) -> str:
    """Empty where the package has none."""
    refs = one.get("externalRefs", [])
    return next((ref["referenceLocator"] for ref in refs if ref.get("referenceType") == "purl"), "")


def spdx_system(components: Iterable[Document], image: str) -> tuple[list[Document], list[Document]]:
    """The operating system of the CycloneDX ``components`` as a package of the ``image`` (an identifier),
    and the relationship; nothing where the image names none."""
    for one in components:
        if one.get("type") == "operating-system" and one.get("name"):
            version = str(one.get("version", ""))
            own = _FOREIGN.sub("-", f"{one['name']}-{version}".strip("-"))
            system = _spdx_package(one["name"], _OPERATING_SYSTEM + own, version, "OPERATING_SYSTEM")
            return [system], [_related(image, "CONTAINS", system["SPDXID"])]
    return [], []


def _missing(packages: Iterable[tuple[str, Document]]) -> list[tuple[Source, Document]]:
    """Each source package with the first binary one that was built from it."""
    found: dict[str, tuple[Source, Document]] = {}
    present: set[tuple[str, str]] = set()
    for purl, binary in sorted(packages, key=lambda one: one[0]):
        if source := source_of(purl):
            found.setdefault(source.purl, (source, binary))
            version = binary.get("version") or binary.get("versionInfo")
            present.add((str(binary.get("name")), str(version)))
    missing = (found[purl] for purl in sorted(found))
    return [one for one in missing if (one[0].name, one[0].version) not in present]


def _spdx_source(source: Source, binary: Document) -> Document:
    # Its own identifier, also where two names differ in what an identifier may not hold.
    own = hashlib.sha256(source.purl.encode()).hexdigest()[:16]
    identity = f"SPDXRef-Package-source-{_FOREIGN.sub('-', source.name)}-{own}"
    purl = {
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": source.purl,
    }
    return {
        **_spdx_package(source.name, identity, source.version, "SOURCE"),
        "supplier": binary.get("supplier", UNKNOWN),
        "externalRefs": [purl],
    }


def _spdx_package(name: str, identity: str, version: str, purpose: str) -> Document:
    return {
        "name": name,
        "SPDXID": identity,
        **({"versionInfo": version} if version else {}),
        "supplier": UNKNOWN,
        "downloadLocation": UNKNOWN,
        "filesAnalyzed": False,
        "licenseConcluded": UNKNOWN,
        "licenseDeclared": UNKNOWN,
        "copyrightText": UNKNOWN,
        "primaryPackagePurpose": purpose,
    }


def _related(one: str, kind: str, other: str) -> Document:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
