"""An SBOM in which something must be found: from a scanner that finds nothing in it, finding nothing
elsewhere says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from golden_images.core.digest import canonical_json
from golden_images.core.osv.index import Advisory, Block, Index
from golden_images.core.osv.judging import judge
from golden_images.core.osv.places import Place, purl, system


@dataclass(frozen=True, slots=True)
class Canary:
    #: ``Debian``, ``PyPI``
    ecosystem: str
    #: ``12``; empty where the ecosystem has none.
    release: str
    #: CycloneDX, with one package and the operating system that it is from.
    sbom: bytes
    #: What is wrong with it: a finding with one of these as its id or alias must come.
    names: tuple[str, ...]


def canary(known: Index, release: str = "") -> Canary | None:
    """From the database's own advisories, the same each time; None if there is none to make it from."""
    for name in sorted(known.packed):
        for advisory in sorted(known.of(name), key=lambda one: one.id):
            for version in _versions(advisory, release):
                at = Place(known.ecosystem, release, name, version)
                if any(advisory.id in (one.id, *one.aliases) for one in judge(at, known).findings):
                    sbom = _sbom(replace(at, name=advisory.package))
                    return Canary(known.ecosystem, release, sbom, (advisory.id, *advisory.names))
    return None


def _versions(advisory: Advisory, release: str) -> Iterator[str]:
    """Those that may be affected, the likeliest first."""
    blocks = [block for block in advisory.blocks if block.release in ("", release)]
    for block in blocks:
        yield from (event.introduced for events in block.ranges for event in events if event.introduced)
        yield from block.versions[:1]
    if any(_begins(block) for block in blocks):
        yield "0.0.0"


def _begins(block: Block) -> bool:
    return any(event.introduced == "0" for events in block.ranges for event in events)


def _sbom(at: Place) -> bytes:
    components = [
        {"type": "library", "bom-ref": "package", "name": at.name, "version": at.version, "purl": purl(at)}
    ]
    if distribution := system(at):
        own, _, version = distribution.partition("-")
        components.append({"type": "operating-system", "bom-ref": "system", "name": own, "version": version})
    return canonical_json(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {"component": {"type": "container", "bom-ref": "canary", "name": "canary"}},
            "components": components,
        }
    )
