"""What a policy is asked about: all that is known of one digest, in one closed document.

The same, as JSON, is the input of rules in Rego: a field that is renamed here breaks rules of others.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from golden_images.core.findings import Level
from golden_images.core.scanning import Database


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StageSeen(_Value):
    """One stage that applies to the image."""

    passed: bool
    #: Why not; empty where it passed.
    problems: tuple[str, ...] = ()


class VulnerabilitySeen(_Value):
    """One vulnerability of one package, whoever found it."""

    id: str
    aliases: tuple[str, ...] = ()
    #: Package URL, without qualifiers; of the source package where there is one.
    package: str
    severity: Level = Level.UNKNOWN
    #: All that anybody names; none where no fix is known.
    fixed_versions: tuple[str, ...] = ()
    #: Since when there is a fix; None where nobody knows.
    fixed_since: date | None = None
    #: Since when it is known to be exploited; None if it is not.
    exploited: date | None = None
    #: EPSS; None where nobody tells.
    probability: float | None = None
    scanners: tuple[str, ...] = ()
    message: str = ""


class PackageSeen(_Value):
    """One package that the SBOM lists."""

    name: str
    version: str = ""
    #: Package URL; empty where it has none.
    purl: str = ""
    #: SPDX ids, names or expressions; all of them hold.
    licences: tuple[str, ...] = ()


class ScanSeen(_Value):
    """One scanner that answered, by which database."""

    scanner: str
    version: str = ""
    database: Database


class NoticeSeen(_Value):
    """What is no vulnerability, but to be known of a package: that its security support has ended."""

    id: str
    package: str
    message: str = ""


class ListSeen(_Value):
    """A list that enriches findings (kev, epss)."""

    name: str
    built: AwareDatetime
    digest: str


class BaseSeen(_Value):
    name: str
    digest: str
    #: When it was released, or first seen; None where nobody knows.
    since: AwareDatetime | None = None


class ComplianceSeen(_Value):
    #: Percent.
    score: float
    #: Ids of the rules that failed, or could not be checked.
    failed: tuple[str, ...] = ()


class Seen(_Value):
    """What the reports of one stage tell a policy."""

    scans: tuple[ScanSeen, ...] = ()
    lists: tuple[ListSeen, ...] = ()
    vulnerabilities: tuple[VulnerabilitySeen, ...] = ()
    notices: tuple[NoticeSeen, ...] = ()
    #: None from a stage that lists none.
    packages: tuple[PackageSeen, ...] | None = None
    compliance: ComplianceSeen | None = None


class PolicyInput(_Value):
    image: str
    #: ``sha256:…``
    digest: str
    now: AwareDatetime
    #: What stages measured, by the names of the table.
    facts: dict[str, int] = {}
    #: By stage, those that make evidence and apply to the image.
    evidence: dict[str, StageSeen] = {}
    #: Options by stage, with their defaults.
    options: dict[str, dict[str, Any]] = {}
    scans: tuple[ScanSeen, ...] = ()
    lists: tuple[ListSeen, ...] = ()
    vulnerabilities: tuple[VulnerabilitySeen, ...] = ()
    notices: tuple[NoticeSeen, ...] = ()
    #: None where no SBOM lists them.
    packages: tuple[PackageSeen, ...] | None = None
    #: None for a root base.
    base: BaseSeen | None = None
    #: None where no stage checks it.
    compliance: ComplianceSeen | None = None
    annotations: dict[str, str] = {}
    labels: dict[str, str] = {}
