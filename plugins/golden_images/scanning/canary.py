"""Canaries: packages of which a scanner must find something, or nothing that it says is believed.

A scanner with an empty database, or with one that does not have the image's distribution, answers "no
vulnerabilities" and means "I know nothing". So before a clean answer is believed, the same scanner is asked
about a package that the same database says something about, or that every database of its kind does.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from golden_images.core.advisories import OSV
from golden_images.core.digest import canonical_json
from golden_images.core.osv import places
from golden_images.core.osv.archive import members
from golden_images.core.osv.canary import affected_by
from golden_images.core.osv.record import Record, read
from golden_images.ports import Mounted

#: Each so old that no database of its ecosystem says nothing of all of them: kind, namespace, packages.
_OLD: Mapping[str, Mapping[str, str]] = {
    "deb": {"openssl": "0", "glibc": "0", "curl": "0", "zlib": "0"},
    "apk": {"openssl": "0", "curl": "0", "busybox": "0", "musl": "0"},
    "pypi": {"urllib3": "1.24.1", "jinja2": "2.10", "pyyaml": "5.1", "django": "2.2", "requests": "2.19.0"},
    "npm": {"lodash": "4.17.4", "minimist": "0.0.8", "node-fetch": "2.6.0", "tar": "4.4.1"},
    "golang": {"golang.org/x/crypto": "v0.0.1", "golang.org/x/net": "v0.0.1", "golang.org/x/text": "v0.3.0"},
    "maven": {
        "org.apache.logging.log4j/log4j-core": "2.14.1",
        "com.fasterxml.jackson.core/jackson-databind": "2.9.0",
    },
    "gem": {"rails": "4.2.0", "nokogiri": "1.8.0", "rack": "2.0.0"},
    "cargo": {"openssl": "0.9.0", "time": "0.1.40", "regex": "1.5.4"},
    "composer": {"symfony/http-foundation": "v3.4.0", "guzzlehttp/guzzle": "6.3.0"},
    "nuget": {"Newtonsoft.Json": "9.0.1", "System.Text.Encodings.Web": "4.5.0"},
}
#: How many records are looked at for one that will do.
_MOST_RECORDS = 5_000


@dataclass(frozen=True, slots=True)
class Canary:
    """``kind`` is of package URLs; ``id`` must be among what is found, and anything if it is empty."""

    kind: str
    sbom: bytes
    id: str = ""


def canary(kind: str, system: str, database: Mounted | None) -> Canary | None:
    """For packages of ``kind`` of an image on ``system`` (``debian-12``); None where none is known, so that
    nobody can tell whether a scanner sees them."""
    derived = None
    if database is not None and database.about.name == OSV:
        derived = _derived(kind, system, database)
    if derived is not None:
        name, version, id_ = derived
        return Canary(kind, _sbom(kind, system, {name: version}), id_)
    if kind in _OLD:
        return Canary(kind, _sbom(kind, system, _OLD[kind]))
    return None


@lru_cache(maxsize=256)
def _derived(kind: str, system: str, database: Mounted) -> tuple[str, str, str] | None:
    """Package, version and id by the database's own first suitable record."""
    distribution = system.partition("-")[0] if kind in ("deb", "apk") else ""
    of = places.ecosystem(kind, distribution, system)
    if of is None:
        return None
    for record in _records(database.folder / of[0] / "all.zip"):
        if (found := affected_by(record, *of)) is not None:
            return *found, record.id
    return None


def _records(archive: Path) -> Iterator[Record]:
    """That a database is broken is found by who scans with it; here such a record is no canary."""
    broken = (OSError, ValueError, zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError)
    with suppress(*broken), zipfile.ZipFile(archive) as opened:
        for _, content in islice(members(opened), _MOST_RECORDS):
            with suppress(ValueError):
                yield read(content)


def _sbom(kind: str, system: str, packages: Mapping[str, str]) -> bytes:
    from packageurl import PackageURL

    name, _, version = system.partition("-")
    components: list[dict[str, Any]] = []
    if system:
        components.append({"type": "operating-system", "name": name, "version": version, "bom-ref": "os"})
    for package, of in sorted(packages.items()):
        namespace, _, own = package.rpartition("/")
        qualifiers: dict[str, str] = {}
        if kind in ("deb", "apk"):
            namespace, qualifiers = name, {"arch": "amd64", "distro": system}
        purl = PackageURL(kind, namespace or None, own, of, qualifiers).to_string()
        components.append({"type": "library", "name": own, "version": of, "purl": purl, "bom-ref": purl})
    return canonical_json(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {"component": {"type": "container", "name": "canary", "version": "0"}},
            "components": components,
        }
    )
