"""ports.Scanner by trivy. Source: trivy's JSON report, schema 2; recorded of 0.67.2 and 0.74.0."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from golden_images.adapters.scanners.listed import Listed, canonical
from golden_images.adapters.scanners.program import Answer, Call, Program, Task, Told, link, text
from golden_images.core.findings import Finding, Level, Severity
from golden_images.core.scanning import Unjudged

_LEVELS = {"LOW": Level.LOW, "MEDIUM": Level.MEDIUM, "HIGH": Level.HIGH, "CRITICAL": Level.CRITICAL}


class Trivy(Program):
    name: ClassVar[str] = "trivy"
    database: ClassVar[str] = "trivy"

    def version_argv(self) -> Sequence[str]:
        return ("version", "--format", "json")

    def version_in(self, text: str) -> str:
        version = str(json.loads(text)["Version"])
        return version if version[:1].isdigit() else ""

    def call(self, task: Task) -> Call:
        for path in ("db/trivy.db", "db/metadata.json"):
            link(task.database, path, task.work / "cache" / path)
        argv = (
            *("sbom", "--cache-dir", str(task.work / "cache"), "--format", "json", "--list-all-pkgs"),
            *("--skip-db-update", "--skip-java-db-update", "--offline-scan"),
            *("--skip-version-check", "--disable-telemetry", "--no-progress"),
            str(task.sbom),
        )
        return Call(argv)

    def read(self, task: Task, told: Told) -> Answer:
        listed = task.listed
        document = told.document
        if document["SchemaVersion"] != 2:
            raise ValueError(f"its schema is {document['SchemaVersion']}, not 2")
        if Path(str(document["ArtifactName"])).name != task.sbom.name:
            raise ValueError(f"it is about {document['ArtifactName']}, not about {task.sbom.name}")
        by_ref = {one.ref: one.purl for one in listed.components}
        known = listed.named()
        answer, seen = Answer(), set[str]()
        for result in document.get("Results") or ():
            for one in result.get("Packages") or ():
                seen.add(_package(one["Identifier"], by_ref, known))
            for one in result.get("Vulnerabilities") or ():
                answer.findings.append(_finding(one, _package(one["PkgIdentifier"], by_ref, known)))
        answer.unjudged += _system(document.get("Metadata") or {}, listed)
        why = "trivy does not list it: it knows no such packages, or none of this distribution"
        answer.unjudged += [
            Unjudged(what=one.purl, why=why) for one in listed.components if one.purl not in seen
        ]
        return answer


def _system(metadata: Mapping[str, Any], listed: Listed) -> Iterable[Unjudged]:
    found = metadata.get("OS") or {}
    name = "-".join(listed.system).strip("-")
    family = str(found.get("Family", ""))
    if listed.system[0] and (family, str(found.get("Name", ""))) != listed.system:
        yield Unjudged(what=name, why=f"trivy took the image for {family or 'one of no distribution'}")
    if found.get("EOSL"):
        yield Unjudged(what=name or family, why="trivy: its distribution no longer mends this release")


def _finding(one: Mapping[str, Any], package: str) -> Finding:
    word = str(one.get("Severity") or "UNKNOWN")
    return Finding(
        id=one["VulnerabilityID"],
        aliases=tuple(str(id_) for id_ in one.get("VendorIDs") or ()),
        package=package,
        severity=Severity(
            level=_LEVELS.get(word, Level.UNKNOWN),
            source=str(one.get("SeveritySource") or (one.get("DataSource") or {}).get("ID") or "trivy"),
            word=word,
        ),
        fixed_version=str(one.get("FixedVersion") or ""),
        message=text(one.get("Title") or one.get("Description")),
    )


def _package(identifier: Mapping[str, Any], by_ref: Mapping[str, str], known: Mapping[str, str]) -> str:
    said = str(identifier.get("PURL"))
    purl = by_ref.get(str(identifier.get("BOMRef"))) or known.get(canonical(said), "")
    if not purl:
        raise ValueError(f"it speaks of {said}, which is not in the SBOM")
    return purl
