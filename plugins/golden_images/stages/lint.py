"""Lint: hadolint reads the Dockerfile.

The report is evidence about the build context, so it is attached to the plan that holds the context;
the gate attaches it to the image once both are known.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from golden_images.core import media
from golden_images.core.findings import Finding, Level, Severity
from golden_images.core.judging import Case, Verdict
from golden_images.core.words import count
from golden_images.evidence.examine import Made, examine
from golden_images.images import context, plan_artifact
from golden_images.job import Job, Report
from golden_images.ports import Ports
from golden_images.stages.options import Lint

#: SARIF's levels; a tool's own word for another one is not known, and fails.
_LEVELS = {"none": Level.NONE, "note": Level.LOW, "warning": Level.MEDIUM, "error": Level.HIGH}


def run(job: Job, ports: Ports) -> Report:
    options = job.options(Lint)
    registry = ports.registry()
    about = registry.manifest(job.repository, job.plan.judges) if job.plan.judges else job.plan_manifest
    subject = about.descriptor

    def make() -> Made:
        with (
            plan_artifact.open_context(registry, job.repository, job.plan_manifest) as archive,
            tempfile.TemporaryDirectory(prefix="golden-images-lint-") as folder,
        ):
            context.extract(archive, Path(folder))
            dockerfile = Path(folder) / job.definition.build.dockerfile
            result = ports.linter().lint(dockerfile, ignore=options.ignore)
        return Made({media.SARIF: result.sarif}, result.tool)

    remedy = "mend the Dockerfile, or list the rule in stages.lint.ignore and say why"
    return examine(job, ports, subject, make, remedy=remedy)


def judge(case: Case, reports: Mapping[str, bytes]) -> Verdict:
    fail_on = case.options(Lint).fail_on
    runs = json.loads(reports[media.SARIF])["runs"]
    if not runs:
        return Verdict(problems=("the lint report has no run in it",))
    found = [
        _finding(result, run["tool"]["driver"]["name"].lower()) for run in runs for result in run["results"]
    ]
    failing = tuple(one for one in found if one.severity and one.severity.level.reaches(_LEVELS[fail_on]))
    return Verdict(
        failing=failing,
        allowed=tuple(one for one in found if one not in failing),
        facts={"lint_findings": len(found)},
        summary=f"{count(len(failing), 'lint finding')}, {fail_on} or worse"
        if failing
        else f"{count(len(found), 'finding')}, none that fails",
    )


def _finding(result: Mapping[str, Any], tool: str) -> Finding:
    """Tools may leave all but the message out (SARIF 2.1.0, 3.27)."""
    level = result.get("level", "warning")
    where = ""
    for location in result.get("locations", ())[:1]:
        region = location.get("physicalLocation", {}).get("region", {})
        where = f"Dockerfile:{region.get('startLine', '?')}"
    return Finding(
        id=result.get("ruleId", "?"),
        where=where,
        severity=Severity(level=_LEVELS.get(level, Level.UNKNOWN), source=tool, word=level),
        message=result["message"].get("text", ""),
    )
