"""SBOM: syft lists what is inside, in CycloneDX and in SPDX."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import Field

from golden_images.core import about, media
from golden_images.core.closed import Closed
from golden_images.core.digest import Digest
from golden_images.core.judging import Verdict
from golden_images.errors import StageFailed
from golden_images.evidence.examine import Made, examine
from golden_images.images.image import created_of
from golden_images.job import Job, Report
from golden_images.ports import Ports, SbomRequest

EVIDENCE = (media.CYCLONEDX, media.SPDX)


class Options(Closed):
    minimum_packages: int = Field(
        default=1, ge=1, description="Fewer packages than this and the SBOM is taken for incomplete."
    )


def run(job: Job, ports: Ports) -> Report:
    registry, subject = ports.registry(), job.subject()

    def make() -> Made:
        request = SbomRequest(
            str(job.reference(registry).at(subject.digest)),
            created_of(registry, job.repository, subject),
            supplier=about.supplier(job.plan.labels),
        )
        result = ports.sbom_generator().generate(request, job.log)
        return Made({media.CYCLONEDX: result.cyclonedx, media.SPDX: result.spdx}, result.tool)

    examined = examine(job, registry, subject, make)
    verdict = examined.verdict
    if not verdict.passed:
        raise StageFailed(f"{job.definition.name}: the SBOM is not usable", cause="; ".join(verdict.problems))
    return Report(f"{verdict.facts['packages']} packages", facts=dict(verdict.facts), made=examined.made)


def judge(options: Closed, reports: Mapping[str, bytes], subject: Digest) -> Verdict:
    assert isinstance(options, Options)
    problems = []
    packages = 0
    try:
        cyclonedx = json.loads(reports[media.CYCLONEDX])
        if cyclonedx["bomFormat"] != "CycloneDX":
            problems.append("the CycloneDX document is none")
        described = cyclonedx["metadata"]["component"].get("version", "")
        if described != subject:
            problems.append(f"the CycloneDX document describes {described or 'nothing'}, not {subject}")
        packages = sum(component.get("type") == "library" for component in cyclonedx["components"])
    except (ValueError, KeyError, TypeError, AttributeError):
        problems.append("the CycloneDX document cannot be read")
    try:
        if not json.loads(reports[media.SPDX])["spdxVersion"].startswith("SPDX-"):
            problems.append("the SPDX document is none")
    except (ValueError, KeyError, TypeError, AttributeError):
        problems.append("the SPDX document cannot be read")
    if not problems and packages < options.minimum_packages:
        problems.append(f"{packages} packages, fewer than {options.minimum_packages}")
    return Verdict(problems=tuple(problems), facts={"packages": packages})
