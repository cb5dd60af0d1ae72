"""A scanner in memory: told which advisories there are, and keeping what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from golden_images.advisories.content import Content
from golden_images.advisories.formats import osv
from golden_images.core.findings import Finding, Level, Severity
from golden_images.core.inventory import Package, inventory
from golden_images.core.scanning import Database, Scan, Unjudged
from golden_images.core.versions.debian import newer
from golden_images.errors import GoldenImagesError
from golden_images.ports import Log, ScanRequest
from tests.fakes.advisories import record, written


@dataclass(frozen=True, slots=True)
class Advisory:
    """About all versions of a source package before ``fixed``; about all there are if that is empty."""

    id: str
    source: str
    fixed: str = ""
    level: Level = Level.HIGH
    kind: str = "deb"


#: What every database that is worth its name knows.
KNOWN = (
    Advisory("CVE-2000-0001", "openssl", "0.1", Level.CRITICAL),
    Advisory("CVE-2000-0002", "urllib3", "1.26", Level.CRITICAL, "pypi"),
)

ARCHIVE = Database(
    name="debian-archive",
    built=datetime(2026, 11, 22, tzinfo=UTC),
    digest=f"sha256:{'d' * 64}",
    records=60_000,
)


def osv_database(folder: Path, advisories: Iterable[Advisory]) -> Content:
    """Of ``advisories``, read from an archive of records as it is imported."""
    made = tuple(advisories)
    for kind, ecosystem, of in (("deb", "Debian", "Debian:12"), ("pypi", "PyPI", "PyPI")):
        records = [
            record(
                one.id,
                upstream=[],
                affected=[
                    {
                        "package": {"ecosystem": of, "name": one.source},
                        "ranges": [{"type": "ECOSYSTEM", "events": _events(one)}],
                    }
                ],
            )
            for one in made
            if one.kind == kind
        ]
        written(folder / ecosystem / "all.zip", *records)
    return osv.folder(folder, folder)


def _events(one: Advisory) -> list[dict[str, str]]:
    return [{"introduced": "0"}, *([{"fixed": one.fixed}] if one.fixed else [])]


@dataclass(slots=True)
class FakeScanner:
    """``distro`` brings its database; every other one wants that of its own name. ``answer`` may replace
    an answer by another one."""

    name: str = "osv"
    advisories: Sequence[Advisory] = ()
    known: Sequence[Advisory] = KNOWN
    own: Database = ARCHIVE
    unjudged: Sequence[Unjudged] = ()
    notices: Sequence[Finding] = ()
    failure: GoldenImagesError | None = None
    answer: Callable[[Scan], Scan] = lambda scan: scan
    requests: list[ScanRequest] = field(default_factory=list)

    @property
    def database(self) -> str:
        return "" if self.name == "distro" else self.name

    def version(self) -> str:
        return "0.0.0"

    def scan(self, request: ScanRequest, log: Log) -> Scan:
        self.requests.append(request)
        if self.failure is not None:
            raise self.failure
        assert (request.database is None) == (self.database == "")
        found = [
            self._finding(advisory, package)
            for package in inventory(request.sbom).packages
            for advisory in (*self.known, *self.advisories)
            if (advisory.kind, advisory.source) == (package.kind, package.source)
            and (not advisory.fixed or newer(advisory.fixed, package.version))
        ]
        return self.answer(
            Scan(
                scanner=self.name,
                version=self.version(),
                sbom=request.digest,
                database=request.database.about if request.database else self.own,
                findings=tuple(found),
                unjudged=tuple(self.unjudged),
                notices=tuple(self.notices),
            )
        )

    def _finding(self, advisory: Advisory, package: Package) -> Finding:
        return Finding(
            id=advisory.id,
            package=package.purl,
            severity=Severity(level=advisory.level, source=self.name),
            fixed_version=advisory.fixed,
            message=f"{advisory.source} has a hole",
        )
