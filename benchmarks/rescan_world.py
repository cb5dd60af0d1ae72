"""What :mod:`benchmarks.rescan` scans, from a seed: advisories as OSV has them for Debian and PyPI, and SBOMs
as ours are.

Their sizes are those of the real ones: a few source packages have a tenth of all advisories, one of Debian
speaks of three releases, one of PyPI lists the versions that it affects.
"""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from golden_images.adapters.tools import sbom_sources

_WORDS = (
    "a heap buffer overflow in the parser of compressed headers allows remote attackers to read memory "
    "or to cause a denial of service by a crafted file when the option is set and the caller trusts it"
)
_URGENCIES = ("not yet assigned", "unimportant", "low", "medium", "high")
_VECTORS = (
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N",
    "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H",
)
_RELEASES = ("11", "12", "13")


@dataclass
class World:
    """``advisories`` in all, a fifth of them PyPI's; each package has as many versions as a year has months,
    so that some images are old and some are new."""

    advisories: int
    seed: int = 20261124
    sources: int = 3000
    projects: int = 3000
    versions: int = 12
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def write(self, folder: Path) -> None:
        """``Debian/all.zip`` and ``PyPI/all.zip``."""
        of_pypi = self.advisories // 5
        for ecosystem, records in (
            ("Debian", self._debian(self.advisories - of_pypi)),
            ("PyPI", self._pypi(of_pypi)),
        ):
            (folder / ecosystem).mkdir(parents=True)
            with zipfile.ZipFile(folder / ecosystem / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                for record in records:
                    archive.writestr(f"{record['id']}.json", json.dumps(record, separators=(",", ":")))

    def sbom(self, packages: int) -> bytes:
        """Of an image: seven in ten are Debian's binary packages, the rest are PyPI's."""
        age = self.chance.randrange(self.versions)
        of_debian = packages * 7 // 10
        components = [{"type": "operating-system", "bom-ref": "os", "name": "debian", "version": "12"}]
        sources = self.chance.sample(range(self.sources), of_debian * 2 // 3)
        at = {source: self._at(age) for source in sources}
        for number in range(of_debian):
            source = sources[number % len(sources)]
            components.append(_binary(number // len(sources), source, at[source]))
        for project in self.chance.sample(range(self.projects), packages - of_debian):
            version = _pypi_version(self._at(age))
            components.append(
                _component(f"project-{project}", version, f"pkg:pypi/project-{project}@{version}", "python")
            )
        components += sbom_sources.cyclonedx(list(components))
        document = {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {"component": {"type": "container", "bom-ref": "image", "name": "image"}},
            "components": components,
        }
        return json.dumps(document).encode()

    def _at(self, age: int) -> int:
        return max(0, min(self.versions - 1, age + self.chance.randint(-2, 2)))

    def _some(self, count: int) -> int:
        """Of so many packages, some far more often than others."""
        return int(count * self.chance.random() ** 3)

    def _debian(self, count: int) -> Iterator[dict[str, Any]]:
        for number in range(count):
            source = self._some(self.sources)
            cve = f"CVE-{2015 + number % 12}-{10_000 + number}"
            # Most are of the past: what a release began with has their fixes.
            fixed = 0 if self.chance.random() < 0.7 else self.chance.randint(1, self.versions + 3)
            yield {
                "schema_version": "1.7.3",
                "id": f"DEBIAN-{cve}",
                "modified": "2026-11-01T00:00:00.000000Z",
                "published": "2026-10-01T00:00:00.000000Z",
                "upstream": [cve],
                "details": self._text(),
                "affected": [self._release(source, release, fixed) for release in _RELEASES],
                "severity": [{"type": "CVSS_V3", "score": self.chance.choice(_VECTORS)}],
            }

    def _release(self, source: int, release: str, fixed: int) -> dict[str, Any]:
        events = [{"introduced": "0"}]
        if fixed < self.versions:
            events.append({"fixed": _debian_version(source, fixed)})
        return {
            "package": {
                "ecosystem": f"Debian:{release}",
                "name": f"source-{source}",
                "purl": f"pkg:deb/debian/source-{source}?arch=source",
            },
            "ranges": [{"type": "ECOSYSTEM", "events": events}],
            "ecosystem_specific": {"urgency": self.chance.choice(_URGENCIES)},
        }

    def _pypi(self, count: int) -> Iterator[dict[str, Any]]:
        for number in range(count):
            project = self._some(self.projects)
            first = self.chance.randrange(self.versions)
            fixed = self.chance.randint(first + 1, self.versions + 2)
            events = [{"introduced": _pypi_version(first) if first else "0"}]
            if fixed < self.versions:
                events.append({"fixed": _pypi_version(fixed)})
            cve = f"CVE-{2015 + number % 12}-{60_000 + number}"
            yield {
                "schema_version": "1.7.3",
                "id": f"PYSEC-{2015 + number % 12}-{number}",
                "modified": "2026-11-01T00:00:00.000000Z",
                "aliases": [cve, f"GHSA-{number:04x}-aaaa-bbbb"],
                "details": self._text(),
                "affected": [
                    {
                        "package": {"ecosystem": "PyPI", "name": f"project-{project}"},
                        "ranges": [{"type": "ECOSYSTEM", "events": events}],
                        "versions": [_pypi_version(one) for one in range(first, min(fixed, self.versions))],
                    }
                ],
                "severity": [{"type": "CVSS_V3", "score": self.chance.choice(_VECTORS)}],
            }

    def _text(self) -> str:
        return " ".join(self.chance.choices(_WORDS.split(), k=self.chance.randint(30, 160)))


def _binary(number: int, source: int, at: int) -> dict[str, Any]:
    """The ``number``-th one of a source."""
    version = _debian_version(source, at)
    # One in three sources has a binary package of its own name; one in ten was rebuilt without a change.
    name = f"source-{source}" if number == 0 and source % 3 == 0 else f"lib{source}-{number}"
    rebuilt = f"{version}+b1" if source % 10 == 0 else version
    upstream = f"source-{source}" + (f"%40{_quoted(version)}" if rebuilt != version else "")
    purl = f"pkg:deb/debian/{name}@{_quoted(rebuilt)}?arch=amd64&distro=debian-12&upstream={upstream}"
    return _component(name, rebuilt, purl, "deb")


def _component(name: str, version: str, purl: str, kind: str) -> dict[str, Any]:
    """With what syft says of each, which is most of an SBOM."""
    return {
        "bom-ref": f"{purl}&package-id=0123456789abcdef",
        "type": "library",
        "publisher": "Somebody <somebody@example.org>",
        "name": name,
        "version": version,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "cpe": f"cpe:2.3:a:{name}:{name}:{version}:*:*:*:*:*:*:*",
        "purl": purl,
        "properties": [
            {"name": "syft:package:foundBy", "value": f"{kind}-cataloger"},
            {"name": "syft:package:type", "value": kind},
            {"name": "syft:location:0:layerID", "value": f"sha256:{'0' * 64}"},
            {"name": "syft:location:0:path", "value": f"/var/lib/{kind}/status"},
        ],
    }


def _debian_version(source: int, at: int) -> str:
    epoch = "1:" if source % 9 == 0 else ""
    return f"{epoch}{source % 7}.{source % 30}.{at // 4}-{1 + source % 3}+deb12u{at}"


def _pypi_version(at: int) -> str:
    return f"{1 + at // 5}.{at % 5}.0" if at % 4 else f"{1 + at // 5}.{at % 5}.0rc1"


def _quoted(version: str) -> str:
    return version.replace("+", "%2B")
