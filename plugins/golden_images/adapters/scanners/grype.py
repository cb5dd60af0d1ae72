"""ports.Scanner by grype. Source: grype's ``-o json``, recorded of 0.108.0 and 0.121.2."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from golden_images.adapters.scanners.listed import canonical
from golden_images.adapters.scanners.program import Answer, Call, Program, Task, Told, link, text
from golden_images.core.findings import Finding, Level, Severity
from golden_images.core.scanning import Unjudged

_LEVELS = {
    "Negligible": Level.LOW,
    "Low": Level.LOW,
    "Medium": Level.MEDIUM,
    "High": Level.HIGH,
    "Critical": Level.CRITICAL,
}
#: What it says on stderr, alone, of packages that it found nothing out about.
_NO_DISTRIBUTION = (
    "Unable to determine the OS distribution",
    "unable to create distro",
    "distro detection failed",
)


class Grype(Program):
    name: ClassVar[str] = "grype"
    database: ClassVar[str] = "grype"

    def version_argv(self) -> Sequence[str]:
        return ("version", "-o", "json")

    def version_in(self, text: str) -> str:
        version = str(json.loads(text)["version"])
        return version if version[:1].isdigit() else ""

    def call(self, task: Task) -> Call:
        for path in ("6/vulnerability.db", "6/import.json"):
            link(task.database, path, task.work / "db" / path)
        environment = {
            "GRYPE_DB_CACHE_DIR": str(task.work / "db"),
            "GRYPE_DB_AUTO_UPDATE": "false",
            "GRYPE_CHECK_FOR_APP_UPDATE": "false",
            # A policy says how old a database may be, of all scanners alike.
            "GRYPE_DB_VALIDATE_AGE": "false",
            "NO_COLOR": "1",
        }
        return Call((f"sbom:{task.sbom}", "-o", "json"), environment)

    def read(self, task: Task, told: Told) -> Answer:
        listed = task.listed
        document = told.document
        if document["descriptor"]["name"] != "grype":
            raise ValueError("it is not grype's")
        known = listed.named()
        answer = Answer([_finding(match, known) for match in document["matches"]])
        distro = document.get("distro") or {}
        found = (str(distro.get("name", "")), str(distro.get("version", "")))
        if listed.system[0] and found != listed.system:
            why = f"grype took the image for {'-'.join(found).strip('-') or 'one of no distribution'}"
            answer.unjudged.append(Unjudged(what="-".join(listed.system).strip("-"), why=why))
        for line in told.lines:
            if any(words in line for words in _NO_DISTRIBUTION):
                system = "-".join(listed.system).strip("-") or "its distribution"
                answer.unjudged.append(Unjudged(what=system, why=f"grype: {text(line)}"))
        return answer


def _finding(match: Mapping[str, Any], known: Mapping[str, str]) -> Finding:
    vulnerability, artifact = match["vulnerability"], match["artifact"]
    word = str(vulnerability.get("severity") or "Unknown")
    fix = vulnerability.get("fix") or {}
    said = str(artifact.get("purl") or artifact.get("name"))
    package = known.get(canonical(said), "")
    if not package:
        raise ValueError(f"it speaks of {said}, which is not in the SBOM")
    related = [str(one["id"]) for one in match.get("relatedVulnerabilities") or ()]
    return Finding(
        id=vulnerability["id"],
        aliases=tuple(one for one in dict.fromkeys(related) if one != vulnerability["id"]),
        package=package,
        severity=Severity(
            level=_LEVELS.get(word, Level.UNKNOWN),
            # ``debian:distro:debian:12``, ``github:language:python``, ``nvd:cpe``
            source=str(vulnerability["namespace"]).partition(":")[0],
            word=word,
        ),
        fixed_version=next((str(one) for one in fix.get("versions") or () if one), ""),
        fixed_since=_since(fix),
        message=text(vulnerability.get("description")),
    )


def _since(fix: Mapping[str, Any]) -> date | None:
    """When a fix was there, or was first seen: the earliest that it tells."""
    told = [str(one.get("date") or "")[:10] for one in fix.get("available") or ()]
    return min((date.fromisoformat(one) for one in told if one), default=None)
