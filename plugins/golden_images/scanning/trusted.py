"""One scanner's answer, and whether it is believed.

The strangers do not tell: with an empty database, a distribution that they do not know or a version that they
cannot read, they answer "no vulnerabilities". So all of it is checked here, alike for every scanner, ours
included, and nothing is decided by how a program ended.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from golden_images.core.digest import Digest
from golden_images.core.inventory import package as package_of
from golden_images.core.ledger import TOLERANCE
from golden_images.core.scanning import Database, Scan, judges
from golden_images.core.words import moment, one_line
from golden_images.errors import GoldenImagesError, IntegrityError, ToolError
from golden_images.ports import Log, Mounted, Scanner, ScanRequest
from golden_images.scanning.canary import Canary, canary
from golden_images.scanning.sboms import Sbom

#: More than any image has; beyond it, what a scanner says is taken for rubbish.
MOST_FINDINGS = 100_000


@dataclass(frozen=True, slots=True)
class Answer:
    """``scan`` is None, or what was said; it counts only where there are no ``doubts``, a sentence each."""

    scan: Scan | None
    doubts: tuple[str, ...]

    @property
    def believed(self) -> bool:
        return self.scan is not None and not self.doubts


@dataclass(slots=True)
class Asked:
    """One scanner with its database, for any number of SBOMs. Its canaries are asked about once."""

    scanner: Scanner
    database: Mounted | None
    timeout_seconds: int
    log: Log
    _canaries: dict[tuple[str, str], str] = field(default_factory=dict)

    def about(
        self, sbom: Sbom, now: datetime, known: Scan | None = None, leave_out: Collection[str] = ()
    ) -> Answer:
        """What the scanner says of ``sbom``; ``known`` is what it said before, by the same database, and
        ``leave_out`` kinds of packages of which it may know nothing. Raises ServiceError where a service does
        not answer: then a later try may."""
        scan, why = (known, "") if known is not None else self._said(sbom.content, sbom.digest)
        if scan is None:
            return Answer(None, (why,))
        doubts = tuple(self._doubts(scan, sbom, now, leave_out))
        return Answer(scan, doubts)

    def _said(self, content: bytes, digest: Digest) -> tuple[Scan | None, str]:
        """The scanner's answer, or why there is none."""
        try:
            request = ScanRequest(content, digest, self.database, self.timeout_seconds)
            return self.scanner.scan(request, self.log), ""
        except (ToolError, IntegrityError) as error:
            return None, _told(error)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            return None, one_line(f"its answer cannot be read ({type(error).__name__}: {error})"[:300])

    def _doubts(self, scan: Scan, sbom: Sbom, now: datetime, leave_out: Collection[str]) -> Iterator[str]:
        ours = (self.scanner.name, self.scanner.version())
        if (scan.scanner, scan.version) != ours:
            yield f"the answer is of {scan.scanner} {scan.version}, not of {' '.join(ours)}"
        if scan.sbom != sbom.digest:
            yield f"the answer is about another SBOM, {scan.sbom}"
        yield from self._doubts_of_database(scan, now)
        if len(scan.findings) > MOST_FINDINGS:
            yield f"{len(scan.findings)} findings are more than any image has"
            return
        yield from _strange(scan, sbom)
        kinds = [
            kind for kind in sbom.inventory.kinds if judges(scan.scanner, kind) and kind not in leave_out
        ]
        found = {one.kind for finding in scan.findings if (one := package_of(finding.package))}
        left = {one.what.lower() for one in scan.unjudged}
        for kind in kinds:
            # What it says that it cannot judge, it does not claim to be clean.
            claimed = kind not in left and not _left_out(sbom, kind, left)
            if kind not in found and claimed and (why := self._canary(kind, sbom.inventory.system)):
                yield why

    def _doubts_of_database(self, scan: Scan, now: datetime) -> Iterator[str]:
        database = scan.database
        if database is None:
            # It says itself that it judged nothing, and what.
            if scan.findings or not scan.unjudged:
                yield "it names no database"
            return
        if self.database is not None and database != self.database.about:
            yield f"it was given the database {self.database.about.digest}, and names {database.digest}"
        yield from doubts_of(database, now)

    def _canary(self, kind: str, system: str) -> str:
        """Why its silence about packages of ``kind`` is not believed; empty if it is."""
        if (kind, system) not in self._canaries:
            told = canary(kind, system, self.database)
            if told is None:
                why = f"it finds nothing in {kind} packages, and no canary is known for them"
            else:
                why = self._missed(told, system)
            self._canaries[kind, system] = why
        return self._canaries[kind, system]

    def _missed(self, told: Canary, system: str) -> str:
        scan, why = self._said(told.sbom, Digest.of(told.sbom))
        if scan is None:
            return f"it could not be tried on a canary: {why}"
        named = {name for one in scan.findings for name in (one.id, *one.aliases)}
        if told.id in named if told.id else scan.findings:
            return ""
        where = f"{told.kind} packages of {system or 'no distribution'}"
        what = f"{told.id}, which its database has" if told.id else "even those that are years old"
        return f"it does not find the canary in {where} ({what}): its database has nothing of them"


def doubts_of(database: Database, now: datetime) -> Iterator[str]:
    """Of what a database says of itself; its age is for the policy."""
    if database.records == 0:
        yield f"the {database.name} database is empty"
    if database.built > now + TOLERANCE:
        yield f"the {database.name} database is of {moment(database.built)}, which is to come"


def _strange(scan: Scan, sbom: Sbom) -> Iterator[str]:
    """Findings in packages that the SBOM does not have."""
    listed = {one.purl for one in (*sbom.inventory.packages, *sbom.inventory.sources)}
    strange = sorted({one.package for one in scan.findings if one.package not in listed})
    if strange:
        more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        yield f"it answers about {strange[0] or 'no package'}{more}, which the SBOM does not have"


def _left_out(sbom: Sbom, kind: str, left: set[str]) -> bool:
    """Whether all packages of ``kind`` are among what it could not judge."""
    return all(one.purl.lower() in left for one in sbom.inventory.packages if one.kind == kind)


def _told(error: GoldenImagesError) -> str:
    return one_line(f"{error.what}: {error.cause}" if error.cause else error.what)[:1000]
