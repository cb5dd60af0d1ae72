"""One small set of advisories as a database for each scanner.

``debian-12.tsv``: source package, CVE, first version without it; from the changelogs of Debian's packages,
and a few unfixed ones of Debian's security tracker. ``pypi.tsv``: package, id, CVE, GHSA id, affected ranges;
from the PyPA advisory database (CC-BY-4.0). For trying scanners on; no statement about security.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TIME = "2026-11-01T00:00:00Z"
Json = dict[str, Any]


@dataclass(frozen=True)
class Debian:
    source: str
    cve: str
    #: Empty: there is none.
    fixed: str


@dataclass(frozen=True)
class PyPI:
    package: str
    id: str
    cve: str
    ghsa: str
    #: ``(introduced, fixed)``
    ranges: tuple[tuple[str, str], ...]


def debian() -> list[Debian]:
    return [Debian(*line.split("\t")) for line in (HERE / "debian-12.tsv").read_text().splitlines()]


def pypi() -> list[PyPI]:
    found = []
    for line in (HERE / "pypi.tsv").read_text().splitlines():
        package, id_, cve, ghsa, ranges = line.split("\t")
        spans = tuple((one.split("..")[0], one.split("..")[1]) for one in ranges.split())
        found.append(PyPI(package, id_, cve, ghsa, spans))
    return found


def osv(folder: Path) -> None:
    """``<folder>/<ecosystem>/all.zip``"""
    for ecosystem, records in (("Debian", _osv_debian()), ("PyPI", _osv_pypi())):
        path = folder / ecosystem / "all.zip"
        path.parent.mkdir(parents=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for record in records:
                whole = {"schema_version": "1.7.3", "modified": TIME, "published": TIME, **record}
                archive.writestr(f"{record['id']}.json", json.dumps(whole))


def _osv_debian() -> Iterator[Json]:
    by_cve: dict[str, list[Json]] = {}
    for one in debian():
        package = {
            "ecosystem": "Debian:12",
            "name": one.source,
            "purl": f"pkg:deb/debian/{one.source.replace('+', '%2B')}?arch=source&distro=bookworm",
        }
        by_cve.setdefault(one.cve, []).append({"package": package, "ranges": _ranges((("0", one.fixed),))})
    for cve, affected in by_cve.items():
        yield {"id": f"DEBIAN-{cve}", "upstream": [cve], "affected": affected}


def _osv_pypi() -> Iterator[Json]:
    for one in pypi():
        package = {"ecosystem": "PyPI", "name": one.package, "purl": f"pkg:pypi/{one.package}"}
        yield {
            "id": one.id,
            "aliases": [one.cve, one.ghsa],
            "affected": [{"package": package, "ranges": _ranges(one.ranges)}],
        }


def _ranges(spans: tuple[tuple[str, str], ...]) -> list[Json]:
    events = []
    for introduced, fixed in spans:
        events += [{"introduced": introduced}, *([{"fixed": fixed}] if fixed else [])]
    return [{"type": "ECOSYSTEM", "events": events}]


def grype(folder: Path) -> None:
    """Workspaces of the providers ``debian`` and ``github``, as ``grype/database`` wants them."""
    by_cve: dict[str, list[Debian]] = {}
    for one in debian():
        by_cve.setdefault(one.cve, []).append(one)
    _workspace(folder / "debian", "os/schema-1.1.0", {cve: _grype_os(cve, by_cve[cve]) for cve in by_cve})
    _workspace(
        folder / "github", "github-security-advisory/schema-1.0.1", {one.ghsa: _ghsa(one) for one in pypi()}
    )


def _workspace(folder: Path, schema: str, items: dict[str, Json]) -> None:
    base = "https://raw.githubusercontent.com/anchore/vunnel/main/schema"
    (folder / "results").mkdir(parents=True)
    for identifier, item in items.items():
        envelope = {
            "schema": f"{base}/vulnerability/{schema}.json",
            "identifier": identifier,
            "item": item,
        }
        (folder / "results" / f"{identifier}.json").write_text(json.dumps(envelope))
    state = {
        "provider": folder.name,
        "version": 1,
        "distribution_version": 1,
        "processor": "fixture",
        "schema": {"version": "1.0.3", "url": f"{base}/provider-workspace-state/schema-1.0.3.json"},
        "urls": [],
        "timestamp": TIME,
        "listing": {"path": "results/listing.xxh64", "digest": "", "algorithm": "xxh64"},
        "store": "flat-file",
        "stale": False,
    }
    (folder / "metadata.json").write_text(json.dumps(state))


def _grype_os(cve: str, fixes: list[Debian]) -> Json:
    fixed = [
        {
            "Name": one.source,
            "NamespaceName": "debian:12",
            "VendorAdvisory": {"AdvisorySummary": [], "NoAdvisory": False},
            "Version": one.fixed or "None",
            "VersionFormat": "dpkg",
        }
        for one in fixes
    ]
    return {
        "Vulnerability": {
            "CVSS": [],
            "Description": "",
            "FixedIn": fixed,
            "Link": f"https://security-tracker.debian.org/tracker/{cve}",
            "Metadata": {},
            "Name": cve,
            "NamespaceName": "debian:12",
            "Severity": "Unknown",
        }
    }


def _ghsa(one: PyPI) -> Json:
    fixed = [
        {
            "name": one.package,
            "identifier": fixed,
            "ecosystem": "python",
            "namespace": "github:python",
            "range": _range(introduced, fixed, ", "),
        }
        for introduced, fixed in one.ranges
    ]
    return {
        "Advisory": {
            "Classification": "GENERAL",
            "Severity": "High",
            "FixedIn": fixed,
            "Summary": "",
            "url": f"https://github.com/advisories/{one.ghsa}",
            "CVE": [one.cve],
            "Metadata": {"CVE": [one.cve]},
            "ghsaId": one.ghsa,
            "published": TIME,
            "updated": TIME,
            "withdrawn": None,
            "namespace": "github:python",
        }
    }


def trivy() -> list[Json]:
    """Rows as ``trivy/database`` wants them."""
    rows: list[Json] = [
        {
            "Bucket": "debian 12",
            "Source": "debian",
            "Name": "Debian Security Tracker",
            "Package": one.source,
            "ID": one.cve,
            "Fixed": one.fixed,
        }
        for one in debian()
    ]
    rows += [
        {
            "Bucket": "pip::GitHub Security Advisory Pip",
            "Source": "ghsa",
            "Name": "GitHub Security Advisory Pip",
            "Package": one.package,
            "ID": one.cve,
            "Vendor": [one.ghsa],
            "Vulnerable": [_range(introduced, fixed, ", ") for introduced, fixed in one.ranges],
            "Patched": [fixed for _, fixed in one.ranges],
        }
        for one in pypi()
    ]
    return rows


def _range(introduced: str, fixed: str, separator: str) -> str:
    least = [] if introduced == "0" else [f">={introduced}"]
    return separator.join([*least, f"<{fixed}"])
