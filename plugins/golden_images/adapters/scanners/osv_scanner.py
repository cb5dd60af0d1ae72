"""ports.Scanner by osv-scanner, with the database of :mod:`golden_images.adapters.scanners.osv`.

It looks packages up by the component's name, not by its package URL: one that it names otherwise than OSV
does is not judged. Of an ecosystem that it has no database for it says so on stderr, and then judges the
others or does not: so it gets an empty one, and that nobody judged is ours to tell.
Source: osv-scanner's ``--format json``; recorded of 2.6.0.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from golden_images.adapters.scanners.program import (
    Answer,
    Call,
    Component,
    Listed,
    Program,
    Task,
    Told,
    link,
    text,
)
from golden_images.core.findings import Finding, Level, Severity
from golden_images.core.inventory import Package
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
#: CVSS's own bands.
_BANDS = ((9.0, Level.CRITICAL), (7.0, Level.HIGH), (4.0, Level.MEDIUM), (0.1, Level.LOW))
#: Words of databases that rate without a score.
_WORDS = {
    "unimportant": Level.LOW,
    "low": Level.LOW,
    "medium": Level.MEDIUM,
    "moderate": Level.MEDIUM,
    "high": Level.HIGH,
    "critical": Level.CRITICAL,
}
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


def _findings(one: Mapping[str, Any], about: Iterable[Component]) -> Iterator[Finding]:
    scores = {
        id_: str(group.get("max_severity") or "") for group in one.get("groups") or () for id_ in group["ids"]
    }
    for record in one.get("vulnerabilities") or ():
        names = (*(record.get("aliases") or ()), *(record.get("upstream") or ()))
        for component in about:
            yield Finding(
                id=record["id"],
                aliases=tuple(dict.fromkeys(names)),
                package=component.purl,
                severity=_severity(record, scores.get(record["id"], "")),
                fixed_version=_fixed(record, one["package"]),
                message=text(record.get("summary") or record.get("details")),
            )


def _severity(record: Mapping[str, Any], score: str) -> Severity:
    source = str(record["id"]).partition("-")[0].lower()
    if score:
        level = next((level for least, level in _BANDS if float(score) >= least), Level.NONE)
        return Severity(level=level, source=source, word=score)
    said = [(record.get("database_specific") or {}).get("severity")]
    said += [(one.get("ecosystem_specific") or {}).get("urgency") for one in record.get("affected") or ()]
    word = next((str(one) for one in said if one), "")
    return Severity(level=_WORDS.get(word.lower(), Level.UNKNOWN), source=source, word=word)


def _fixed(record: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """The fix that the record names for this package; of several, all: which branch it is on is not told."""
    fixes = [
        str(event["fixed"])
        for affected in record.get("affected") or ()
        if _same(affected.get("package") or {}, said)
        for span in affected.get("ranges") or ()
        if span.get("type") != "GIT"
        for event in span.get("events") or ()
        if "fixed" in event
    ]
    return ", ".join(dict.fromkeys(fixes))


def _same(affected: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    """One release of a distribution says nothing of another one's fix."""
    named, wanted = (_normal(str(one.get("name")), "") for one in (affected, said))
    return named == wanted and affected.get("ecosystem") == said["ecosystem"]
