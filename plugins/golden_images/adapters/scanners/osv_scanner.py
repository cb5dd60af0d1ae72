"""ports.Scanner by osv-scanner, with the database of :mod:`golden_images.adapters.scanners.osv`.

It looks packages up by the component's name, not by its package URL: one that it names otherwise than OSV
does is not judged. Of an ecosystem that it has no database for it says so on stderr, and then judges the
others or does not: so it gets an empty one, and that nobody judged is ours to tell.
Source: osv-scanner's ``--format json``; recorded of 2.2.4 and 2.6.0.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from golden_images.adapters.scanners.listed import Component, Listed
from golden_images.adapters.scanners.program import Answer, Call, Program, Task, Told, link, text
from golden_images.core.findings import Finding
from golden_images.core.inventory import Package
from golden_images.core.osv import affected, record
from golden_images.core.osv.places import ECOSYSTEMS
from golden_images.core.osv.severity import severity
from golden_images.core.scanning import Unjudged

_ARCHIVE = "all.zip"
#: Below its folder of databases; the second is where versions of 2025 look.
_PLACES = ("osv-scalibr", "osv-scanner")
#: OSV's ecosystems by the package URL's type, and by its namespace where that says which.
_ECOSYSTEMS = {
    ("deb", "debian"): "Debian",
    ("deb", "ubuntu"): "Ubuntu",
    ("apk", "alpine"): "Alpine",
    ("apk", "wolfi"): "Wolfi",
    ("apk", "chainguard"): "Chainguard",
    ("cargo", ""): "crates.io",
    ("composer", ""): "Packagist",
    ("gem", ""): "RubyGems",
    ("golang", ""): "Go",
    ("hex", ""): "Hex",
    ("maven", ""): "Maven",
    ("npm", ""): "npm",
    ("nuget", ""): "NuGet",
    ("pub", ""): "Pub",
    ("pypi", ""): "PyPI",
}
_DISTRIBUTIONS = ("deb", "apk")
_FAILED = re.compile(r"could not load db for (.+) ecosystem|Error during extraction: ")
_LOADED = re.compile(r"Loaded (.+) local db from ")
_VERSION = re.compile(r"^osv-scanner version: (\d\S*)$", re.MULTILINE)

Key = tuple[str, str, str]


class OsvScanner(Program):
    name: ClassVar[str] = "osv-scanner"
    database: ClassVar[str] = "osv"

    def version_argv(self) -> Sequence[str]:
        return ("--version",)

    def version_in(self, text: str) -> str:
        found = _VERSION.search(text)
        return found[1] if found else ""

    def call(self, task: Task) -> Call:
        wanted = _wanted(task.listed)
        held = {path.parent.name for path in task.database.glob(f"*/{_ARCHIVE}")}
        for place in _PLACES:
            for name in held & wanted:
                link(task.database, f"{name}/{_ARCHIVE}", task.work / place / name / _ARCHIVE)
            for name in wanted - held:
                path = task.work / place / name / _ARCHIVE
                path.parent.mkdir(parents=True)
                zipfile.ZipFile(path, "w").close()
        argv = (
            *("scan", "source", "--offline", "--local-db-path", str(task.work)),
            *("--format", "json", "--all-packages", "--all-vulns", "-L", str(task.sbom)),
        )
        why = "the database holds no advisories of this ecosystem"
        return Call(argv, gaps=[Unjudged(what=name, why=why) for name in sorted(wanted - held)])

    def read(self, task: Task, told: Told) -> Answer:
        listed = task.listed
        wanted = _wanted(listed)
        for line in told.lines:
            # One of none of our packages is of no interest, and they ask for such.
            if (failed := _FAILED.search(line)) and (failed[1] is None or failed[1] in wanted):
                raise ValueError(text(line))
        answer, judged = Answer(), set[str]()
        loaded = {match[1] for line in told.lines if (match := _LOADED.search(line))}
        why = "osv-scanner does not say that it read the database of this ecosystem"
        answer.unjudged += [Unjudged(what=name, why=why) for name in sorted(wanted - loaded)]
        found = _index(listed)
        for result in told.document["results"]:
            if Path(result["source"]["path"]).name != task.sbom.name:
                raise ValueError(f"it is about {result['source']['path']}, not about {task.sbom.name}")
            for one in result["packages"]:
                said = one["package"]
                key = (_kind(said["ecosystem"]), *_normal(said["name"], said["version"]))
                about = found.get(key) or found.get(("", *key[1:])) or ()
                if not about:
                    raise ValueError(
                        f"it speaks of {said['name']} {said['version']}, which is not in the SBOM"
                    )
                judged |= {each.purl for each in about if _properly(each, said)}
                answer.findings += _findings(one, about)
        answer.unjudged += [
            Unjudged(
                what=one.purl, why="osv-scanner does not list it under the name and ecosystem that it has"
            )
            for one in listed.components
            if one.purl not in judged
        ]
        return answer


def ecosystem(read: Package) -> str:
    """OSV's; empty for packages that OSV has no ecosystem for."""
    namespace = read.namespace if read.kind in _DISTRIBUTIONS else ""
    return _ECOSYSTEMS.get((read.kind, namespace), "")


def _wanted(listed: Listed) -> set[str]:
    return {ecosystem(one.read) for one in listed.components} - {""}


def _kind(named: str) -> str:
    base = named.partition(":")[0]
    return next((kind for (kind, _), name in _ECOSYSTEMS.items() if name == base), "")


def _index(listed: Listed) -> Mapping[Key, list[Component]]:
    """By the type of the package URL, name and version: OSV's name, and the component's own."""
    found: dict[Key, list[Component]] = {}
    for one in listed.components:
        for name in dict.fromkeys((_name(one.read), one.name)):
            key = _normal(name, one.version)
            for kind in (one.read.kind, ""):
                found.setdefault((kind, *key), []).append(one)
    return found


def _name(read: Package) -> str:
    if read.kind in _DISTRIBUTIONS or not read.namespace:
        return read.name
    return f"{read.namespace}{':' if read.kind == 'maven' else '/'}{read.name}"


def _normal(name: str, version: str) -> tuple[str, str]:
    return re.sub(r"[-_.]+", "-", name).lower(), version


def _properly(one: Component, said: Mapping[str, Any]) -> bool:
    """Whether it looked where the advisories about this package are."""
    base = str(said["ecosystem"]).partition(":")[0]
    named = _normal(_name(one.read), "") == _normal(said["name"], "")
    return named and base == ecosystem(one.read) != "" and bool(said["version"])


def _findings(one: Mapping[str, Any], about: Sequence[Component]) -> Iterator[Finding]:
    """The records are OSV's own: they are read, rated and told as those of our own matcher."""
    said = one["package"]
    for content in one.get("vulnerabilities") or ():
        advisory = record.read(json.dumps(content).encode())
        blocks = [each for each in advisory.affected or () if _same(each.package, said)]
        scores = (*(advisory.severity or ()), *(each for block in blocks for each in block.severity or ()))
        asides = [advisory.database_specific]
        asides += [raw for block in blocks for raw in (block.ecosystem_specific, block.database_specific)]
        words = [
            word for raw in asides for aside in [record.said(raw)] for word in (aside.urgency, aside.severity)
        ]
        for component in about:
            yield Finding(
                id=advisory.id,
                aliases=tuple(dict.fromkeys((*(advisory.aliases or ()), *(advisory.upstream or ())))),
                package=component.purl,
                severity=severity(advisory.id, scores, tuple(word for word in words if word)),
                fixed_version=_fixed(blocks, said),
                message=text(advisory.summary or advisory.details),
            )


def _same(package: record.Package | None, said: Mapping[str, Any]) -> bool:
    """One release of a distribution says nothing of another one's fix."""
    if package is None or package.ecosystem != said["ecosystem"]:
        return False
    return _normal(package.name, "") == _normal(said["name"], "")


def _fixed(blocks: Iterable[record.Affected], said: Mapping[str, Any]) -> str:
    known = ECOSYSTEMS.get(str(said["ecosystem"]).partition(":")[0])
    spans = [one.events for block in blocks for one in block.ranges if one.type != "GIT"]
    if known is not None:
        try:
            return affected.fixed(said["version"], spans, known.order)
        except ValueError:
            # Its own reading of versions is another one; what is mended where is told as it stands.
            pass
    return ", ".join(dict.fromkeys(event.fixed for events in spans for event in events if event.fixed))
