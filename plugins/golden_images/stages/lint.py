"""Lint: hadolint reads the Dockerfile.

The report is evidence about the build context, so it is attached to the plan that holds the context;
the gate attaches it to the image once both are known.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from golden_images.core import media
from golden_images.core.closed import Closed
from golden_images.core.digest import Digest
from golden_images.core.judging import Verdict
from golden_images.core.texts import LintRule
from golden_images.core.words import count
from golden_images.errors import StageFailed
from golden_images.evidence.examine import Made, examine
from golden_images.images import context, plan_artifact
from golden_images.job import Job, Report
from golden_images.ports import Ports

EVIDENCE = (media.SARIF,)
#: SARIF's levels, from the least to the worst.
_LEVELS = ("none", "note", "warning", "error")
_SHOWN = 20


class Options(Closed):
    ignore: tuple[LintRule, ...] = Field(
        default=(), description="hadolint rules to leave out, such as DL3008."
    )
    fail_on: Literal["error", "warning", "note"] = Field(
        default="error", description="The lowest level that fails the stage."
    )


def run(job: Job, ports: Ports) -> Report:
    options = job.options(Options)
    registry = ports.registry()
    subject = registry.manifest(job.repository, job.context_subject).descriptor

    def make() -> Made:
        with (
            plan_artifact.open_context(registry, job.repository, job.plan_digest) as archive,
            tempfile.TemporaryDirectory(prefix="golden-images-lint-") as folder,
        ):
            context.extract(archive, Path(folder))
            dockerfile = Path(folder) / job.definition.build.dockerfile
            result = ports.linter().lint(dockerfile, ignore=options.ignore)
        return Made({media.SARIF: result.sarif}, result.tool)

    examined = examine(job, registry, subject, make)
    verdict = examined.verdict
    for problem in verdict.problems:
        job.log(problem)
    if not verdict.passed:
        found = count(len(verdict.problems), "lint finding")
        raise StageFailed(
            f"{job.definition.name}: {found}, {options.fail_on} or worse",
            cause=verdict.problems[0],
            remedy="mend the Dockerfile, or list the rule in stages.lint.ignore and say why",
        )
    findings = count(verdict.facts["lint_findings"], "finding")
    return Report(f"{findings}, none that fails", made=examined.made)


def judge(options: Closed, reports: Mapping[str, bytes], subject: Digest) -> Verdict:  # noqa: ARG001
    assert isinstance(options, Options)
    try:
        runs = json.loads(reports[media.SARIF])["runs"]
        if not runs:
            return Verdict(problems=("the lint report has no run in it",))
        found = [
            (result.get("level", "warning"), _sentence(result)) for run in runs for result in run["results"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return Verdict(problems=("the lint report cannot be read",))
    threshold = _LEVELS.index(options.fail_on)
    problems = tuple(
        sentence for level, sentence in found if level not in _LEVELS or _LEVELS.index(level) >= threshold
    )
    return Verdict(problems=problems[:_SHOWN], facts={"lint_findings": len(found)})


def _sentence(result: Mapping[str, object]) -> str:
    """``Dockerfile:3: DL3008 warning: …``; tools may leave the place out."""
    place = ""
    locations = result.get("locations")
    if isinstance(locations, list) and locations:
        region = locations[0].get("physicalLocation", {}).get("region", {})
        place = f"Dockerfile:{region.get('startLine', '?')}: "
    message = result.get("message")
    text = message.get("text", "") if isinstance(message, dict) else ""
    return f"{place}{result.get('ruleId', '?')} {result.get('level', 'warning')}: {text}"
