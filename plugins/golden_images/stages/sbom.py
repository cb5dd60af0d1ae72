"""SBOM: syft lists what is inside."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from golden_images.core.definition import Closed
from golden_images.ports import Ports
from golden_images.stages.job import Job, Report
from golden_images.stages.verdict import Verdict

EVIDENCE = ("application/vnd.cyclonedx+json", "application/spdx+json")


class Options(Closed):
    minimum_packages: int = Field(
        default=1, ge=1, description="Fewer packages than this is an unreadable image."
    )


def run(job: Job, ports: Ports) -> Report:
    raise NotImplementedError


def judge(options: Closed, reports: Mapping[str, bytes]) -> Verdict:
    raise NotImplementedError
