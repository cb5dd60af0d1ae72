"""SBOM: syft lists what is inside, in CycloneDX and in SPDX."""

from __future__ import annotations

import json
from collections.abc import Mapping

from golden_images.core import about, media
from golden_images.core.findings import Finding
from golden_images.core.judging import Case, Verdict
from golden_images.core.policy.input import Seen
from golden_images.core.policy.packages import packages as packages_of
from golden_images.core.words import count
from golden_images.evidence.examine import Made, examine
from golden_images.images.image import created_of
from golden_images.job import Job, Report
from golden_images.ports import Ports, SbomRequest
from golden_images.stages.options import Sbom


def run(job: Job, ports: Ports) -> Report:
    registry, subject = ports.registry(), job.subject()

    def make() -> Made:
        request = SbomRequest(
            str(job.reference(registry).at(subject.digest)),
            created_of(registry, job.repository, job.image()),
            supplier=about.supplier(job.plan.labels),
        )
        result = ports.sbom_generator().generate(request, job.log)
        return Made({media.CYCLONEDX: result.cyclonedx, media.SPDX: result.spdx}, result.tool)

    return examine(job, ports, subject, make)


def judge(case: Case, reports: Mapping[str, bytes]) -> Verdict:
    least = case.options(Sbom).minimum_packages
    cyclonedx, spdx = json.loads(reports[media.CYCLONEDX]), json.loads(reports[media.SPDX])
    problems = []
    if cyclonedx["bomFormat"] != "CycloneDX":
        problems.append("the CycloneDX document is none")
    described = cyclonedx["metadata"]["component"].get("version", "")
    if described != case.subject:
        problems.append(f"the CycloneDX document describes {described or 'nothing'}, not {case.subject}")
    if not spdx["spdxVersion"].startswith("SPDX-"):
        problems.append("the SPDX document is none")
    found = packages_of(cyclonedx)
    packages = len(found)
    few = Finding(id="few-packages", message=f"{count(packages, 'package')}, at least {least} are wanted")
    return Verdict(
        problems=tuple(problems),
        failing=(few,) if packages < least else (),
        facts={"packages": packages},
        summary=count(packages, "package"),
        seen=Seen(packages=found),
    )
