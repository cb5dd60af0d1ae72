"""The scanner ``distro``: which security updates of Debian's own signed archive an image lacks.

It sees what has been fixed, and nothing else: a vulnerability that the distribution knows and has not mended
is not in its archive. Which CVEs an update mends stands in the changelog inside the update's package.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from golden_images.adapters.debian import changelog, support
from golden_images.adapters.debian.archive import DebianArchive, Offered
from golden_images.adapters.debian.changelog import Entry
from golden_images.adapters.debian.changelogs import Changelogs
from golden_images.adapters.debian.debs import Deb
from golden_images.adapters.debian.sources import KEYRING
from golden_images.adapters.debian.support import Support
from golden_images.core.debian import CODE_NAMES
from golden_images.core.findings import Finding
from golden_images.core.inventory import Inventory, Package, inventory
from golden_images.core.scanning import DISTRO, Database, Scan, Unjudged
from golden_images.core.versions.debian import newer
from golden_images.core.words import count
from golden_images.errors import ToolError
from golden_images.files import cache_folder
from golden_images.ports import Log, ScanRequest

DATABASE = "debian-archive"
#: Id of a finding where a security update names no CVE.
SECURITY_UPDATE = "security-update"
#: Of what is found: another one makes a cached answer another answer.
_VERSION = "1"


class DistroScanner:
    """``archive``: whose updates count; it is asked once, whatever is scanned. ``cache`` may be shared and
    may be deleted at any time."""

    name = DISTRO
    database = ""

    def __init__(
        self, *, archive: DebianArchive | None = None, mirror: str = "", cache: Path | None = None
    ) -> None:
        self._archive = archive or DebianArchive(keyring=KEYRING)
        self._mirror = mirror
        self._cache = cache or cache_folder("changelogs")
        self._states: dict[tuple[str, str], _State] = {}

    def version(self) -> str:
        return _VERSION

    def scan(self, request: ScanRequest, log: Log) -> Scan:
        try:
            found = inventory(request.sbom)
        except ValueError as error:
            raise _unusable(f"the SBOM {request.digest} cannot be read", str(error)) from error
        distribution, _, release = found.system.partition("-")
        suite = CODE_NAMES.get(release.partition(".")[0], "") if distribution == "debian" else ""
        if not suite:
            why = "the scanner distro reads the archive of Debian, and this is none of its releases"
            return self._said(
                request, None, unjudged=[Unjudged(what=found.system or "the distribution", why=why)]
            )
        packages = [one for one in found.packages if (one.kind, one.namespace) == ("deb", "debian")]
        state = self._state(suite, _architecture(request, found))
        unjudged = [
            Unjudged(what=one.purl, why=f"Debian's archive of {suite} has no such package")
            for one in packages
            if one.name not in state.offered.debs
        ]
        if state.support is None:
            why = f"the archive has no {support.PACKAGE}: whose support has ended is not known"
            unjudged.append(Unjudged(what=f"security support in {suite}", why=why))
        findings = list(self._findings(packages, state, log))
        log(
            f"distro: {count(len(packages), 'package')}, {count(len(findings), 'finding')} by the archive of "
            f"{state.offered.at:%Y-%m-%d}; what is not fixed there is not seen"
        )
        notices = state.notices(packages)
        return self._said(request, state.database(suite), findings, unjudged, notices)

    def _said(
        self,
        request: ScanRequest,
        database: Database | None,
        findings: Sequence[Finding] = (),
        unjudged: Sequence[Unjudged] = (),
        notices: Sequence[Finding] = (),
    ) -> Scan:
        return Scan(
            scanner=self.name,
            version=self.version(),
            sbom=request.digest,
            database=database,
            findings=tuple(findings),
            unjudged=tuple(unjudged),
            notices=tuple(notices),
        )

    def _state(self, suite: str, architecture: str) -> _State:
        if (suite, architecture) not in self._states:
            offered = self._archive.offered(suite, architecture, self._mirror)
            changelogs = Changelogs(self._archive, offered.debs.values(), self._cache)
            self._states[suite, architecture] = _State(offered, self._support(suite, offered), changelogs)
        return self._states[suite, architecture]

    def _support(self, suite: str, offered: Offered) -> Support | None:
        """Whose support has ended or is limited, by the suite's own package of it; None if it has none."""
        deb = offered.debs.get(support.PACKAGE)
        if deb is None:
            return None
        number = next(number for number, name in CODE_NAMES.items() if name == suite)
        try:
            return support.read(self._archive.files(deb, support.is_data), number)
        except ValueError as error:
            raise _unusable(f"{deb.name} {deb.version} cannot be read", str(error)) from error

    def _findings(self, packages: Iterable[Package], state: _State, log: Log) -> Iterator[Finding]:
        pending: dict[tuple[str, str], list[tuple[Package, Deb]]] = defaultdict(list)
        for package in packages:
            deb = state.offered.debs.get(package.name)
            if deb and deb.version != package.version and newer(deb.version, package.version):
                pending[package.source, package.source_version].append((package, deb))
        for (_, version), updates in sorted(pending.items(), key=lambda one: one[0]):
            entries = state.changelogs.newest([deb for _, deb in updates], log)
            mended = changelog.mended(entries, version)
            for package, deb in updates:
                yield from _mended_by(package, deb, mended)


@dataclass(frozen=True, slots=True)
class _State:
    """What one archive offers, and what was read of it for all that is scanned."""

    offered: Offered
    #: None where the archive has no list of it.
    support: Support | None
    changelogs: Changelogs

    def database(self, suite: str) -> Database:
        offered = self.offered
        return Database(
            name=DATABASE, version=suite, built=offered.at, digest=offered.digest, records=len(offered.debs)
        )

    def notices(self, packages: Iterable[Package]) -> list[Finding]:
        """As of the archive's own day: the same archive says the same, whenever it is asked."""
        if self.support is None:
            return []
        today = self.offered.at.date()
        return [notice for package in packages for notice in self.support.notices(package, today)]


def _mended_by(package: Package, deb: Deb, mended: Mapping[str, Entry]) -> Iterator[Finding]:
    told = f"{package.name} {package.version} → {deb.version}"
    for cve, entry in sorted(mended.items()):
        # A package of another version than its source's tells nothing of the versions in between.
        fixed = entry.version if deb.version == deb.source_version else deb.version
        yield Finding(id=cve, package=package.purl, fixed_version=fixed, fixed_since=entry.at, message=told)
    if not mended and deb.secures:
        yield Finding(
            id=SECURITY_UPDATE,
            package=package.purl,
            fixed_version=deb.version,
            message=f"{told}, a security update whose changelog names no CVE",
        )


def _architecture(request: ScanRequest, found: Inventory) -> str:
    named = {one.architecture for one in found.packages if one.kind == "deb"} - {"all", ""}
    if len(named) > 1:
        raise _unusable(
            f"the SBOM {request.digest} mixes architectures",
            f"its packages are of {', '.join(sorted(named))}",
        )
    return named.pop() if named else "amd64"


def _unusable(what: str, cause: str) -> ToolError:
    return ToolError(
        what, endpoint=DISTRO, cause=cause, remedy="clear the stage that makes the SBOM", retryable=False
    )
