"""Several scanners and one SBOM after another: the databases that are current, mounted once; answers that are
known are not asked for again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from golden_images.advisories.formats import epss, kev
from golden_images.advisories.mount import mounted
from golden_images.advisories.store import Store
from golden_images.core.advisories import EPSS, KEV, ScanKey
from golden_images.core.digest import Digest
from golden_images.core.organisation import Organisation
from golden_images.core.scan_report import Doubt, ScanReport
from golden_images.core.scanning import Database, Scan
from golden_images.core.vulnerabilities import CVE
from golden_images.errors import IntegrityError, RegistryError
from golden_images.ports import Log, Mounted, Ports
from golden_images.scanning.sboms import Sbom
from golden_images.scanning.trusted import Asked

#: What enriches findings, if it was imported.
LISTS = (KEV, EPSS)
IMPORT = "golden-images advisories import"


@dataclass(slots=True)
class Scanning:
    """A context manager: what it mounted stays until its end. ``current`` databases are those at its start,
    for all SBOMs alike."""

    organisation: Organisation
    ports: Ports
    log: Log
    timeout_seconds: int = 300
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _held: ExitStack = field(default_factory=ExitStack)
    _asked: dict[str, Asked | str] = field(default_factory=dict)
    _mounts: dict[str, Mounted | str | None] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    def report(self, sbom: Sbom, scanners: Sequence[str], leave_out: Collection[str] = ()) -> ScanReport:
        """What ``scanners`` say, as far as it is believed; of packages of the kinds that are left out nobody
        has to see anything. Raises UsageError for a scanner that there is not, ServiceError where a service
        does not answer."""
        started = self.now()
        scans: list[Scan] = []
        doubts: list[Doubt] = []
        for name in scanners:
            asked = self._scanner(name)
            if isinstance(asked, str):
                doubts.append(Doubt(scanner=name, why=asked))
                continue
            answer = asked.about(sbom, started, known := self._known(asked, sbom), leave_out)
            doubts += [Doubt(scanner=name, why=why) for why in answer.doubts]
            if answer.scan is not None and not answer.doubts:
                scans.append(answer.scan)
                if known is None:
                    self._keep(asked, sbom, answer.scan)
        names = {name for scan in scans for one in scan.findings for name in (one.id, *one.aliases)}
        lists, exploited, probability = self._known_of({cve for name in names for cve in CVE.findall(name)})
        doubts += [
            Doubt(scanner=name, why=why) for name in LISTS if isinstance(why := self._mounted(name), str)
        ]
        return ScanReport(
            subject=sbom.subject,
            sbom=sbom.digest,
            sbom_artifact=sbom.artifact,
            started=started,
            finished=self.now(),
            scans=tuple(scans),
            doubts=tuple(doubts),
            unreadable=sbom.unreadable,
            lists=lists,
            exploited=exploited,
            probability=probability,
        )

    def _known_of(
        self, cves: Iterable[str]
    ) -> tuple[tuple[Database, ...], dict[str, date], dict[str, float]]:
        """By the lists that were imported; without one nothing is known of it, which the policy may mind."""
        held = {name: found for name in LISTS if isinstance(found := self._mounted(name), Mounted)}
        folders = {name: mounted.folder for name, mounted in held.items()}
        since, likely = kev.exploited(folders.get(KEV)), epss.probability(folders.get(EPSS))
        asked = sorted(cves)
        return (
            tuple(mounted.about for mounted in held.values()),
            {cve: since[cve] for cve in asked if cve in since},
            {cve: likely[cve] for cve in asked if cve in likely},
        )

    def _scanner(self, name: str) -> Asked | str:
        """With its database; or why it cannot be asked."""
        if name not in self._asked:
            scanner = self.ports.scanner(name)
            database = self._mounted(scanner.database) if scanner.database else None
            if scanner.database and database is None:
                database = f"there is no {scanner.database} database; import one: {IMPORT}"
            if isinstance(database, str):
                self._asked[name] = database
            else:
                self._asked[name] = Asked(scanner, database, self.timeout_seconds, self.log)
        return self._asked[name]

    def _mounted(self, name: str) -> Mounted | str | None:
        """The current one; why it cannot be read; None where none was imported."""
        if name not in self._mounts:
            self._mounts[name] = self._mount(name)
        return self._mounts[name]

    def _mount(self, name: str) -> Mounted | str | None:
        store = Store(self.organisation, self.ports.registry(), self.ports.catalog(), self.now, self.log)
        current = store.current(name)
        if current is None:
            return None
        try:
            return self._held.enter_context(mounted(store, current))
        except IntegrityError as error:
            return f"{error.what}; import it anew: {IMPORT}"
        except RegistryError as error:
            if error.status != 404:
                raise
            return f"the {name} database {current.digest} is gone from the registry; import it anew: {IMPORT}"

    def _known(self, asked: Asked, sbom: Sbom) -> Scan | None:
        key = _key(asked, sbom)
        content = self.ports.catalog().scan(key) if key else None
        try:
            return Scan.model_validate_json(content) if content else None
        except ValidationError:
            # Of a version before.
            return None

    def _keep(self, asked: Asked, sbom: Sbom, scan: Scan) -> None:
        if key := _key(asked, sbom):
            self.ports.catalog().record_scan(key, scan.model_dump_json(exclude_defaults=True).encode())


def _key(asked: Asked, sbom: Sbom) -> ScanKey | None:
    """None for a scanner that brings its database: only its answer tells which that was."""
    if asked.database is None:
        return None
    database = Digest(asked.database.about.digest)
    return ScanKey(sbom.digest, asked.scanner.name, asked.scanner.version(), database)
