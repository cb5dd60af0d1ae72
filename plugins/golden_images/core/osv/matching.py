"""What an SBOM holds against all advisories: findings, and what nothing can be said about.

A distribution's advisories are about source packages; a finding is told for each package that is installed
of it, so that people see what is affected, and for the source only where nothing of it is listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from golden_images.core.findings import Finding
from golden_images.core.inventory import Inventory, Package
from golden_images.core.osv.index import Index
from golden_images.core.osv.judging import Said, judge
from golden_images.core.osv.places import ECOSYSTEMS, Place, place
from golden_images.core.scanning import Unjudged
from golden_images.core.words import count

#: Findings that are remembered, at half a kilobyte each; then they are forgotten, all at once.
_REMEMBERED = 300_000


@dataclass(frozen=True, slots=True)
class Answer:
    findings: tuple[Finding, ...]
    unjudged: tuple[Unjudged, ...]


@dataclass(slots=True)
class Matcher:
    """``index``: an ecosystem's advisories; None where the database holds none. Images hold the same
    packages, so what was said of one is remembered."""

    index: Callable[[str], Index | None]
    _said: dict[Place, Said] = field(default_factory=dict)
    #: The same of a package, with it.
    _told: dict[tuple[str, Place], Said] = field(default_factory=dict)
    _size: int = 0

    def match(self, held: Inventory) -> Answer:
        findings: list[Finding] = []
        unjudged = [Unjudged(what=name, why="it has no package URL") for name in held.unreadable]
        groups = _Groups()
        for package in _listed(held):
            at = place(package, held.system)
            if at is None:
                why = f"there are no advisories for packages of the type {package.kind}"
                unjudged.append(Unjudged(what=package.purl, why=why))
            elif (known := self._known(at, package, held.system, groups)) is not None:
                said = self._of(package.purl, at, known)
                findings += said.findings
                if said.why:
                    unjudged.append(Unjudged(what=package.purl, why=said.why))
        return Answer(tuple(findings), (*unjudged, *groups.told()))

    def _known(self, at: Place, package: Package, system: str, groups: _Groups) -> Index | None:
        """The advisories to judge ``package`` by; None, and a word in ``groups``, where there are none."""
        known = self.index(at.ecosystem)
        if known is None:
            groups.add(at.ecosystem, "the database holds no advisories for it", package.purl)
            return None
        if known.faulty:
            groups.add(at.ecosystem, _faults(known), package.purl)
        if ECOSYSTEMS[at.ecosystem].release is None:
            return known
        if not at.release:
            groups.add(at.ecosystem, "nothing says of which release they are", package.purl)
            return None
        if not {at.release, ""} & known.releases:
            why = f"the database holds no advisories for {at.ecosystem} {at.release}"
            groups.add(package.distribution or system, why, package.purl)
            return None
        return known

    def _of(self, purl: str, at: Place, known: Index) -> Said:
        if (purl, at) not in self._told:
            if self._size >= _REMEMBERED:
                self._said.clear()
                self._told.clear()
                self._size = 0
            said = self._said.get(at) or self._said.setdefault(at, judge(at, known))
            self._told[purl, at] = Said(tuple(_about(purl, one) for one in said.findings), said.why)
            # Packages without any count, too.
            self._size += 1 + len(said.findings)
        return self._told[purl, at]


def _about(purl: str, finding: Finding) -> Finding:
    """A quarter of the time of a copy, and of its size."""
    fields = {**finding.__dict__, "package": purl}
    return Finding.model_construct(finding.model_fields_set, **fields)


class _Groups:
    """What holds for many packages is told once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[str]] = {}

    def add(self, what: str, why: str, purl: str) -> None:
        self._found.setdefault((what, why), []).append(purl)

    def told(self) -> Iterator[Unjudged]:
        for (what, why), purls in self._found.items():
            yield Unjudged(what=what, why=f"{why}: {count(len(purls), 'package')}, such as {purls[0]}")


def _listed(held: Inventory) -> Iterator[Package]:
    yield from held.packages
    installed = {(one.distribution, one.source, one.source_version) for one in held.packages}
    for one in held.sources:
        if (one.distribution, one.name, one.version) not in installed:
            yield one


def _faults(known: Index) -> str:
    return f"{count(known.faulty, 'record')} of the database cannot be used, such as {known.faults[0]}"
