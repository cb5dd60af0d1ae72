"""``make interop-scanners``: three scanners of others and ours find the same in the SBOMs that we publish.

Builds osv-scanner, grype and trivy from pinned modules into the user's cache (twenty minutes, once), makes a
database for each from one set of advisories, and scans an old Debian 12 and the example images that the local
registry holds, CycloneDX and SPDX. Every difference is printed; one that no named rule explains fails.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from golden_images.adapters.scanners.grype import Grype
from golden_images.adapters.scanners.listed import Component, Listed, components
from golden_images.adapters.scanners.osv import Osv
from golden_images.adapters.scanners.osv_scanner import OsvScanner
from golden_images.adapters.scanners.program import Program, Task
from golden_images.adapters.scanners.trivy import Trivy
from golden_images.adapters.tools.sbom_sources import spdx_purl
from golden_images.core.digest import Digest
from golden_images.core.inventory import package
from golden_images.core.scanning import Database, Scan
from golden_images.core.vulnerabilities import merged
from golden_images.ports import Mounted, ScanRequest
from tests.interop.building import build, find_go
from tests.interop.scanners import advisories
from tests.interop.scanners.images import Published, examples, old_debian

HERE = Path(__file__).resolve().parent
SECONDS = 600

Pair = tuple[str, str]


@dataclass(frozen=True)
class Tool:
    """How one of them is built; its version is written into it as its makers do."""

    program: type[Program]
    package: str
    ldflags: str
    environment: Mapping[str, str]
    database: str = ""


TOOLS = (
    Tool(
        OsvScanner,
        "github.com/google/osv-scanner/v2/cmd/osv-scanner",
        "-s -w",
        {"GOTOOLCHAIN": "go1.27.3"},
    ),
    Tool(
        Grype,
        "github.com/anchore/grype/cmd/grype",
        "-s -w -X main.version=0.121.2",
        {"GOTOOLCHAIN": "go1.27.3"},
        "./database",
    ),
    Tool(
        Trivy,
        "github.com/aquasecurity/trivy/cmd/trivy",
        "-s -w -X github.com/aquasecurity/trivy/pkg/version/app.ver=0.74.0",
        # Go 1.27 has changed the experiment that it is written for.
        {"GOTOOLCHAIN": "go1.26.8", "GOEXPERIMENT": "jsonv2"},
        "./database",
    ),
)


@dataclass(frozen=True)
class Rule:
    """What a scanner does otherwise on purpose."""

    scanner: str
    why: str
    leaves_out: Callable[[Pair], bool]


RULES = (
    Rule(
        "grype",
        "its own suppression: the part of zlib that has it is not in the library",
        lambda pair: pair == ("CVE-2023-45853", "zlib"),
    ),
)


def main() -> int:
    go = find_go()
    if go is None:
        print("interop-scanners: no Go toolchain is found, so osv-scanner, grype and trivy are not tried")
        return 1
    built = {tool.program.name: _built(go, tool) for tool in TOOLS}
    failed = 0
    with tempfile.TemporaryDirectory(prefix="golden-images-interop-") as name:
        work = Path(name)
        databases = _databases(built, work / "databases")
        images = [*old_debian(work / "registry"), *examples()]
        for published in images:
            failed += not _agree(published, built, databases, work)
    if len(images) == 1:
        print("example images: the local registry holds none; run make demo first")
        return 1
    return 1 if failed else 0


def _built(go: str, tool: Tool) -> Path:
    packages = [tool.package, *([tool.database] if tool.database else [])]
    environment = {"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false", **tool.environment}
    folder = HERE / tool.program.name
    return build(go, folder, packages, ldflags=tool.ldflags, environment=environment, minutes=60)


def _databases(built: Mapping[str, Path], folder: Path) -> Mapping[str, Mounted]:
    """By the database's name."""
    advisories.osv(folder / "osv")
    advisories.grype(folder / "workspaces")
    made = folder / "grype" / "6"
    subprocess.run([built["grype"] / "database", folder / "workspaces", made], check=True, timeout=SECONDS)
    rows = advisories.trivy()
    made = folder / "trivy" / "db"
    given = json.dumps(rows).encode()
    subprocess.run([built["trivy"] / "database", made], input=given, check=True, timeout=SECONDS)
    return {
        name: Mounted(
            Database(name=name, built=datetime.now(UTC), digest=Digest.of(name.encode()), records=len(rows)),
            folder / name,
        )
        for name in ("osv", "grype", "trivy")
    }


def _agree(
    published: Published, built: Mapping[str, Path], databases: Mapping[str, Mounted], work: Path
) -> bool:
    """Prints what each found; True if all found the same, but for what a rule names."""
    found: dict[str, set[Pair]] = {}
    for scan in _scans(published, built, databases):
        found[scan.scanner] = _pairs(scan)
        for one in scan.unjudged:
            print(f"    {scan.scanner} did not judge {one.what}: {one.why}")
    for tool in TOOLS:
        program = tool.program(str(built[tool.program.name] / tool.program.name))
        found[f"{program.name} (SPDX)"] = _of_spdx(program, published, databases[program.database], work)
    every = set[Pair]().union(*found.values())
    counts = ", ".join(f"{name} {len(pairs)}" for name, pairs in found.items())
    print(f"{published.name}: {len(every)} findings; {counts}")
    good = True
    for name, pairs in found.items():
        for pair in sorted(every - pairs):
            rules = [rule for rule in RULES if rule.scanner == name.split()[0] and rule.leaves_out(pair)]
            good &= bool(rules)
            print(f"    {name} lacks {pair[0]} of {pair[1]}: {rules[0].why if rules else 'UNEXPLAINED'}")
    return good


def _scans(
    published: Published, built: Mapping[str, Path], databases: Mapping[str, Mounted]
) -> Iterator[Scan]:
    programs = [tool.program(str(built[tool.program.name] / tool.program.name)) for tool in TOOLS]
    for one in (*programs, Osv()):
        request = ScanRequest(
            published.cyclonedx, Digest.of(published.cyclonedx), databases[one.database], SECONDS
        )
        yield one.scan(request, lambda _: None)


def _of_spdx(program: Program, published: Published, database: Mounted, work: Path) -> set[Pair]:
    """We scan CycloneDX alone; that others find the same in SPDX is theirs to show."""
    with tempfile.TemporaryDirectory(dir=work) as name:
        sbom = Path(name) / "sbom" / "image.spdx.json"
        sbom.parent.mkdir()
        sbom.write_bytes(published.spdx)
        task = Task(sbom, database.folder, Path(name), _with_image(published))
        found = tuple(program.answer(task, SECONDS).findings)
    digest = Digest.of(published.spdx)
    about = database.about
    return _pairs(Scan(scanner=program.name, version="spdx", sbom=digest, database=about, findings=found))


def _with_image(published: Published) -> Listed:
    """SPDX has the image itself among its packages."""
    listed = components(published.cyclonedx)
    packages = json.loads(published.spdx)["packages"]
    (image,) = [one for one in packages if one.get("primaryPackagePurpose") == "CONTAINER"]
    purl = spdx_purl(image)
    read = package(purl)
    assert read is not None
    own = Component(read.name, read.version, image["SPDXID"], purl, read)
    return replace(listed, components=(*listed.components, own))


def _pairs(scan: Scan) -> set[Pair]:
    """CVE and source package."""
    pairs = set()
    for one in merged([scan], {}, {}):
        named = package(one.package)
        pairs.add((one.id, named.name if named else one.package))
    return pairs


if __name__ == "__main__":
    sys.exit(main())
