"""Vulnerabilities: what several scanners found, told as one, with all that each of them said.

Scanners name one vulnerability differently (``CVE-2026-1``, ``DEBIAN-CVE-2026-1``, ``GHSA-…``), and list
what they call aliases of it. An advisory is no such name: ``DSA-5000-1`` mends several vulnerabilities,
which are not one for being mended together. So it is a claim about each of them, and joins none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict

from golden_images.core import purl
from golden_images.core.findings import Finding, Level, Severity
from golden_images.core.scanning import Scan

CVE = re.compile(r"CVE-\d{4}-\d{4,}")
#: The same CVE in a database's own words: ``DEBIAN-CVE-2026-12345``, ``UBUNTU-CVE-…``, ``ALPINE-CVE-…``.
_PREFIXED_CVE = re.compile(rf"[A-Z]+-({CVE.pattern})")
#: What a distribution gives out when it mends things.
_ADVISORY = re.compile(
    r"(?:DSA|DLA|ELA|DTSA|USN|LSN|RHSA|RHBA|RHEA|ALSA|ALBA|ALEA|RLSA|RXSA|ELSA|ALAS\w*|SUSE-[SRO]U|"
    r"openSUSE-[SRO]U|MGASA)-.+"
)


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Claim(_Value):
    """What one scanner said, in its own words."""

    scanner: str
    #: The vulnerability's or the advisory's.
    id: str
    #: Package URL as the SBOM has it: one of the binary packages, or the source itself.
    package: str
    #: None where the scanner rates nothing.
    severity: Severity | None = None
    #: The first version of ``package`` without it; empty if the scanner knows none.
    fixed_version: str = ""
    #: Since when there is that version; None where it does not tell.
    fixed_since: date | None = None
    message: str = ""


class Vulnerability(_Value):
    """One vulnerability of one package."""

    #: A CVE, where anybody names one.
    id: str
    #: All other names, sorted: advisories that mend it are among them.
    aliases: tuple[str, ...] = ()
    #: Package URL, without qualifiers, of the source package; of the package itself where its kind has none.
    package: str
    #: At least one, in the order of the scans.
    claims: tuple[Claim, ...]
    #: Since when it is known to be exploited; None if it is not.
    exploited: date | None = None
    #: Of its being exploited within thirty days, from 0 to 1; None where nobody tells.
    probability: float | None = None

    @property
    def level(self) -> Level:
        """The worst that anybody says; unknown where nobody rates it."""
        rated = [one.severity.level for one in self.claims if one.severity]
        known = [level for level in rated if level is not Level.UNKNOWN]
        return max(known, key=list(Level).index, default=Level.UNKNOWN)

    @property
    def fixed_versions(self) -> tuple[str, ...]:
        """All that anybody names, of whichever package; none if nobody knows a fix."""
        return tuple(dict.fromkeys(one.fixed_version for one in self.claims if one.fixed_version))

    @property
    def fixed_since(self) -> date | None:
        """Since when there is any fix; None where nobody tells."""
        return min((one.fixed_since for one in self.claims if one.fixed_since), default=None)

    @property
    def scanners(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.scanner for one in self.claims))

    @property
    def message(self) -> str:
        return next((one.message for one in self.claims if one.message), "")

    def finding(self) -> Finding:
        """It in the form of every finding; who rated it worst is its severity's source."""
        said = [one.severity for one in self.claims if one.severity and one.severity.level is self.level]
        return Finding(
            id=self.id,
            aliases=self.aliases,
            package=self.package,
            severity=said[0] if said else Severity(level=Level.UNKNOWN, source="nobody"),
            fixed_version=" or ".join(self.fixed_versions),
            fixed_since=self.fixed_since,
            message=self.message,
        )


def urgency(one: Vulnerability) -> tuple[bool, int, bool, float, str, str]:
    """For sorting: what should be mended first comes first. Exploited, then worst, then what can be mended,
    then what is likeliest to be exploited."""
    return (
        one.exploited is None,
        -list(Level).index(one.level),
        not one.fixed_versions,
        -(one.probability or 0.0),
        one.id,
        one.package,
    )


def merged(
    scans: Iterable[Scan], exploited: Mapping[str, date], probability: Mapping[str, float]
) -> tuple[Vulnerability, ...]:
    """What all scans found, once per vulnerability and package, the most urgent first. ``exploited``: since
    when, by CVE; ``probability``: by CVE."""
    found: dict[str, list[tuple[str, Finding]]] = defaultdict(list)
    for scan in scans:
        for finding in scan.findings:
            found[purl.source(finding.package)].append((scan.scanner, finding))
    made = [
        _vulnerability(package, id_, said, exploited, probability)
        for package, findings in found.items()
        for id_, said in _by_vulnerability(findings).items()
    ]
    return tuple(sorted(made, key=urgency))


def _vulnerability(
    package: str,
    id_: str,
    said: Sequence[tuple[str, Finding]],
    exploited: Mapping[str, date],
    probability: Mapping[str, float],
) -> Vulnerability:
    names = {id_}
    for _, finding in said:
        # The other things that an advisory mends are no names of this one.
        names |= {finding.id} if _mends_several(finding) else {finding.id, *finding.aliases}
    known = sorted(names | {_name(one) for one in names})
    return Vulnerability(
        id=id_,
        aliases=tuple(one for one in known if one != id_),
        package=package,
        claims=tuple(
            Claim(
                scanner=scanner,
                id=finding.id,
                package=finding.package,
                severity=finding.severity,
                fixed_version=finding.fixed_version,
                fixed_since=finding.fixed_since,
                message=finding.message,
            )
            for scanner, finding in said
        ),
        exploited=min((exploited[one] for one in known if one in exploited), default=None),
        probability=max((probability[one] for one in known if one in probability), default=None),
    )


def _by_vulnerability(findings: Sequence[tuple[str, Finding]]) -> dict[str, list[tuple[str, Finding]]]:
    """One package's findings by the vulnerabilities that they are about."""
    meant = _meanings([finding for _, finding in findings])
    groups: dict[str, list[tuple[str, Finding]]] = {}
    for scanner, finding in findings:
        for id_ in _about(finding, meant):
            groups.setdefault(id_, []).append((scanner, finding))
    return groups


def _meanings(findings: Sequence[Finding]) -> dict[str, set[str]]:
    """The vulnerabilities that a name which is no CVE stands for, by all that is said of it."""
    meant: dict[str, set[str]] = defaultdict(set)
    nameless: list[set[str]] = []
    for finding in findings:
        names = {_name(one) for one in (finding.id, *finding.aliases)}
        cves = {one for one in names if CVE.fullmatch(one)}
        if cves:
            own = _name(finding.id)
            for one in {own} if _mends_several(finding) else names - cves:
                meant[one] |= {own} if own in cves else cves
        elif not _mends_several(finding):
            nameless.append(names)
    # Names without a CVE in one breath are one vulnerability, and so are those that share a name with them.
    for names in _joined(nameless):
        known = set[str]().union(*(meant[one] for one in names)) or {min(names)}
        for one in names:
            meant[one] |= known
    return meant


def _about(finding: Finding, meant: Mapping[str, set[str]]) -> list[str]:
    """The vulnerabilities that ``finding`` is about: at least one, sorted."""
    own = _name(finding.id)
    if CVE.fullmatch(own):
        return [own]
    aliases = {_name(one) for one in finding.aliases}
    if not _mends_several(finding):
        return sorted({one for one in aliases if CVE.fullmatch(one)} or meant[own])
    mended = {one for alias in aliases for one in meant.get(alias, {alias})}
    return sorted(mended or meant.get(own) or {own})


def _mends_several(finding: Finding) -> bool:
    if _ADVISORY.fullmatch(finding.id):
        return True
    cves = {_name(one) for one in finding.aliases if CVE.fullmatch(_name(one))}
    return not CVE.fullmatch(_name(finding.id)) and len(cves) > 1


def _name(text: str) -> str:
    found = _PREFIXED_CVE.fullmatch(text)
    return found[1] if found else text


def _joined(sets: Iterable[set[str]]) -> list[set[str]]:
    """Those that have an element in common, united, until none have."""
    holder: dict[str, set[str]] = {}
    for one in sets:
        touched = {id(holder[name]): holder[name] for name in one if name in holder}
        whole = max(touched.values(), key=len, default=set[str]())
        for other in (one, *touched.values()):
            if other is not whole:
                whole |= other
                holder |= dict.fromkeys(other, whole)
    return list({id(one): one for one in holder.values()}.values())
