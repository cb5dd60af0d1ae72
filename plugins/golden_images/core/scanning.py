"""What a scanner says of one SBOM: what it found, by which database, and what it could not judge."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from golden_images.core.findings import Finding

#: Ids of notices: nobody mends a vulnerability of such a package any more, or not every one.
SUPPORT_ENDED = "support-ended"
SUPPORT_LIMITED = "support-limited"

#: The scanner that reads the distribution's own archive, and judges nothing else.
DISTRO = "distro"


def judges(scanner: str, kind: str) -> bool:
    """Whether packages of ``kind``, a package URL's type, are what ``scanner`` is for."""
    return scanner != DISTRO or kind == "deb"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Database(_Value):
    """What a scanner knew: one state of its database."""

    #: What it is a database for: ``osv``, ``grype``, ``trivy``, ``debian-archive``.
    name: str = Field(min_length=1)
    #: Its own word for its state, or its format's version; empty if it has none.
    version: str = ""
    #: When its content was put together by whoever vouches for it; not when it was copied.
    built: datetime
    #: ``sha256:…`` of the artifact that holds it in our registry, or of an archive's signed indices.
    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    #: How many advisories, or packages, it holds.
    records: int = Field(ge=0)


class Unjudged(_Value):
    """What a scanner could not say anything about: no clean answer covers it."""

    #: A package URL, an ecosystem (``PyPI``) or a distribution (``debian-13``).
    what: str = Field(min_length=1)
    #: In a sentence, for whoever has to mend it.
    why: str = Field(min_length=1)


class Scan(_Value):
    """One scanner's answer about one SBOM. ``model_dump_json`` is its form outside of the process."""

    #: ``osv``
    scanner: str = Field(min_length=1)
    #: The scanner's own, ``2.6.0``.
    version: str = Field(min_length=1)
    #: ``sha256:…`` of the SBOM's bytes.
    sbom: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    #: None where it looked into none, for it judged nothing.
    database: Database | None
    #: Of packages, by package URL as the SBOM has it; ``severity.source`` says who rated it.
    findings: tuple[Finding, ...] = ()
    unjudged: tuple[Unjudged, ...] = ()
    #: What is no vulnerability, but to be known of a package: :data:`SUPPORT_ENDED`, :data:`SUPPORT_LIMITED`.
    notices: tuple[Finding, ...] = ()
