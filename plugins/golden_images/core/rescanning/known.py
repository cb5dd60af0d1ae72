"""What is known about a release now: each vulnerability, since when it is known and since when it is not
any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter

from golden_images.core.digest import Digest
from golden_images.core.findings import Level
from golden_images.core.inventory import package
from golden_images.core.vulnerabilities import Vulnerability

#: Of those that are gone, so many are kept, the last ones.
KEPT = 200


class KnownFinding(BaseModel):
    """One vulnerability of one package of one release."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: A CVE, where anybody names one.
    id: str
    #: Package URL without qualifiers, of the source package where there is one.
    package: str
    #: Of the packages that it was found in, sorted.
    names: tuple[str, ...] = ()
    level: Level = Level.UNKNOWN
    #: All versions that anybody names; none where no fix is known.
    fixed: tuple[str, ...] = ()
    exploited: date | None = None
    #: When it was seen first.
    since: AwareDatetime
    #: When it was not seen any more; None while it is.
    gone: AwareDatetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.id, self.package

    @property
    def name(self) -> str:
        read = package(self.package)
        return read.name if read else self.package

    @property
    def version(self) -> str:
        """That the image has."""
        read = package(self.package)
        return read.version if read else ""

    @property
    def mark(self) -> str:
        """Stays while its fix does, whichever version the image has: what a rebuild was asked for."""
        unversioned = self.package.rpartition("@")[0] or self.package
        return " ".join((self.id, unversioned, *self.fixed))

    def __str__(self) -> str:
        """``CVE-2026-1 fixed in openssl 3.0.15-1``"""
        if not self.fixed:
            return f"{self.id} in {self.name} {self.version}".rstrip() + ", without a fix"
        return f"{self.id} fixed in {self.name} {' or '.join(self.fixed)}"


FINDINGS = TypeAdapter(tuple[KnownFinding, ...])


@dataclass(frozen=True, slots=True)
class Rescan:
    """The last look at one release. ``findings``: the open ones first, the most urgent of them first."""

    image: str
    digest: Digest
    at: datetime
    findings: tuple[KnownFinding, ...] = ()
    #: Why not everything could be looked at; empty if it could. Then nothing is taken for gone.
    problem: str = ""
    #: What today's policy holds against it, a line each.
    unmet: tuple[str, ...] = ()

    @property
    def open(self) -> tuple[KnownFinding, ...]:
        return tuple(one for one in self.findings if one.gone is None)

    @property
    def summary(self) -> RescanSummary:
        levels = Counter(one.level for one in self.open)
        return RescanSummary(self.image, self.digest, self.at, dict(levels), self.problem, self.unmet)


@dataclass(frozen=True, slots=True)
class RescanSummary:
    """:class:`Rescan` without its findings; ``open`` counts them by severity."""

    image: str
    digest: Digest
    at: datetime
    open: Mapping[Level, int]
    problem: str = ""
    unmet: tuple[str, ...] = ()

    def __str__(self) -> str:
        """``1 critical, 3 high``, the worst first; ``none``"""
        return told(self.open)


def told(levels: Mapping[Level, int]) -> str:
    worst = sorted(levels, key=list(Level).index, reverse=True)
    return ", ".join(f"{levels[level]} {level}" for level in worst if levels[level]) or "none"


@dataclass(frozen=True, slots=True)
class Difference:
    findings: tuple[KnownFinding, ...]
    new: tuple[KnownFinding, ...]
    gone: tuple[KnownFinding, ...]


def difference(
    known: Sequence[KnownFinding], found: Iterable[Vulnerability], at: datetime, *, whole: bool
) -> Difference:
    """What is known after ``found`` at ``at``. Unless the scan was ``whole``, what it did not find is still
    there: who was not asked has not said that it is gone."""
    before = {one.key: one for one in known if one.gone is None}
    now = {one.key: one for one in (_known(one, before, at) for one in found)}
    missing = [one for key, one in before.items() if key not in now]
    left = [] if whole else missing
    gone = [one.model_copy(update={"gone": at}) for one in missing] if whole else []
    past = sorted((one for one in known if one.gone is not None), key=lambda one: (one.gone, one.key))
    return Difference(
        findings=(*now.values(), *left, *(past + gone)[-KEPT:]),
        new=tuple(one for key, one in now.items() if key not in before),
        gone=tuple(gone),
    )


def _known(one: Vulnerability, before: Mapping[tuple[str, str], KnownFinding], at: datetime) -> KnownFinding:
    was = before.get((one.id, one.package))
    read = (package(claim.package) for claim in one.claims)
    return KnownFinding(
        id=one.id,
        package=one.package,
        names=tuple(sorted({found.name for found in read if found})),
        level=one.level,
        fixed=one.fixed_versions,
        exploited=one.exploited,
        since=was.since if was else at,
    )
