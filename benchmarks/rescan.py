"""Re-scanning the SBOMs of everything that runs: 1,000 of 500 packages against 50,000 advisories.

Our scanner ``osv`` is asked as a task asks it, in one process on one core, which reads the database once. If
osv-scanner is there (``make interop-scanners`` builds it), both scan the first few SBOMs in processes of
their own with the same database: every difference between what they find is told, and who was faster.

    python -m benchmarks.rescan [--sboms 1000] [--packages 500] [--advisories 50000] [--osv-scanner PATH]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report import conclude, table
from benchmarks.rescan_world import World
from golden_images.adapters.scanners.osv import Osv
from golden_images.core import purl
from golden_images.core.digest import Digest
from golden_images.core.scanning import Database, Scan
from golden_images.ports.scanning import Mounted, ScanRequest
from tests.interop.building import CACHE

#: For all SBOMs, in seconds.
GOAL = 120.0
#: What osv-scanner may not be faster than.
GOAL_RATIO = 1.0
#: SBOMs that osv-scanner scans, too: it looks through all advisories for each package.
COMPARED = 3

#: (advisory, source package)
Found = set[tuple[str, str]]


@dataclass
class Stranger:
    seconds: float
    found: Found


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sboms", type=int, default=1000)
    parser.add_argument("--packages", type=int, default=500)
    parser.add_argument("--advisories", type=int, default=50_000)
    parser.add_argument("--osv-scanner", default=_built())
    parser.add_argument("--few", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.few:
        return _few(args.few)
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        world = World(args.advisories)
        world.write(folder / "osv-scalibr")
        sboms = [world.sbom(args.packages) for _ in range(args.sboms)]
        return _measured(args, folder, sboms)


def _measured(args: argparse.Namespace, folder: Path, sboms: Sequence[bytes]) -> int:
    for number, sbom in enumerate(sboms[:COMPARED]):
        (folder / f"{number}.cdx.json").write_bytes(sbom)
    # What is read is kept for the next process: in here, and not in the user's cache.
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    alone = [sys.executable, "-m", "benchmarks.rescan", "--few", str(folder)]
    cold, warm = _timed(alone), _timed(alone)
    stranger = _osv_scanner(args.osv_scanner, folder) if args.osv_scanner else None
    compared, findings, unjudged, first = [], 0, 0, 0.0
    start, cpu = time.monotonic(), time.process_time()
    for number, sbom in enumerate(sboms):
        scan = _scan(folder, sbom)
        findings += len(scan.findings)
        unjudged += len(scan.unjudged)
        if number < COMPARED:
            compared.append(scan)
        first = first or time.monotonic() - start
    whole, cpu = time.monotonic() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    table(
        ["", "seconds"],
        [
            [f"{args.sboms} SBOMs of {args.packages} packages", whole],
            ["of these, on a core", cpu],
            ["of these, the first one", first],
            [f"{COMPARED} SBOMs in a process of its own, which reads the database", cold],
            ["the same by osv-scanner", stranger.seconds if stranger else None],
            ["the same in the next process of ours", warm],
        ],
    )
    print(f"{findings} findings, {unjudged} not judged, {peak:.0f} MB at most")
    differences = _differences(stranger, compared) if stranger else []
    for line in differences[:20]:
        print(line)
    ratio = cold / stranger.seconds if stranger else 0.0
    return conclude(
        "rescan",
        measured={
            "seconds": whole,
            "cpu": cpu,
            "first": first,
            "cold": cold,
            "warm": warm,
            "megabytes": peak,
            "findings": findings,
            "unjudged": unjudged,
            "differences": len(differences),
        },
        baseline={"osv-scanner": stranger.seconds} if stranger else {},
        ratio={"osv-scanner": ratio} if stranger else {},
        goal={"seconds": f"<= {GOAL:g}", "osv-scanner": f"<= {GOAL_RATIO:g}", "differences": "0"},
        holds=whole <= GOAL and ratio <= GOAL_RATIO and not differences and findings > 0 and not unjudged,
    )


def _built() -> Path | None:
    found = sorted(CACHE.glob("*/osv-scanner"), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else None


def _few(folder: Path) -> int:
    for path in sorted(folder.glob("*.cdx.json")):
        _scan(folder, path.read_bytes())
    return 0


def _scan(folder: Path, sbom: bytes) -> Scan:
    about = Database(name="osv", built=datetime.now(UTC), digest=Digest.of(str(folder).encode()), records=1)
    request = ScanRequest(sbom, Digest.of(sbom), Mounted(about, folder / "osv-scalibr"))
    return Osv().scan(request, lambda _: None)


def _osv_scanner(program: str | Path, folder: Path) -> Stranger:
    """In one run, so that it reads the database once, too."""
    command = [
        str(program),
        "scan",
        "source",
        "--offline",
        "--local-db-path",
        str(folder),
        "--format",
        "json",
    ]
    for number in range(COMPARED):
        command += ["-L", str(folder / f"{number}.cdx.json")]
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, timeout=3600, check=False)
    seconds = time.monotonic() - start
    if done.returncode not in (0, 1):
        raise SystemExit(f"osv-scanner ended with {done.returncode}: {done.stderr.decode()[-2000:]}")
    found = {
        (f"{Path(result['source']['path']).name.partition('.')[0]} {one['id']}", package["package"]["name"])
        for result in json.loads(done.stdout)["results"]
        for package in result["packages"]
        for one in package["vulnerabilities"]
    }
    return Stranger(seconds, found)


def _differences(stranger: Stranger, scans: Sequence[Scan]) -> list[str]:
    ours = {
        (f"{number} {name}", purl.source(one.package).rpartition("/")[2].partition("@")[0])
        for number, scan in enumerate(scans)
        for one in scan.findings
        for name in (one.id, *one.aliases)
        if not name.startswith(("CVE-", "GHSA-"))
    }
    return [f"only ours: {one}" for one in sorted(ours - stranger.found)] + [
        f"only osv-scanner's: {one}" for one in sorted(stranger.found - ours)
    ]


def _timed(command: Sequence[str]) -> float:
    start = time.monotonic()
    subprocess.run(command, check=True, timeout=3600)
    return time.monotonic() - start


if __name__ == "__main__":
    sys.exit(main())
