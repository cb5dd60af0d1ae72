"""The scanner ``osv``."""

from __future__ import annotations

from golden_images.adapters.scanners.osv.opened import opened
from golden_images.adapters.scanners.osv.version import version
from golden_images.core.advisories import OSV
from golden_images.core.inventory import Inventory, inventory
from golden_images.core.scanning import Scan
from golden_images.core.words import count
from golden_images.errors import ToolError
from golden_images.ports.log import Log
from golden_images.ports.scanning import Mounted, ScanRequest


class Osv:
    name = "osv"
    database = OSV

    def version(self) -> str:
        """Another one with each change of what decides, so that no answer of old code is kept for new."""
        return version()

    def scan(self, request: ScanRequest, log: Log) -> Scan:
        database, held = self._asked(request)
        answer = opened(database).matcher.match(held)
        log(
            f"osv: {count(len(answer.findings), 'finding')} in {count(len(held.packages), 'package')}, "
            f"{len(answer.unjudged)} not judged"
        )
        return Scan(
            scanner=self.name,
            version=self.version(),
            sbom=request.digest,
            database=database.about,
            findings=answer.findings,
            unjudged=answer.unjudged,
        )

    def _asked(self, request: ScanRequest) -> tuple[Mounted, Inventory]:
        if request.database is None:
            raise ToolError("osv was given no database", remedy="golden-images advisories import")
        try:
            return request.database, inventory(request.sbom)
        except ValueError as error:
            raise ToolError(f"osv cannot read the SBOM {request.digest}", cause=str(error)) from error
