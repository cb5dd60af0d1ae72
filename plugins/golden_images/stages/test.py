"""Test: the image's own pytest-testinfra suite, against a running container."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from golden_images.core.definition import Closed
from golden_images.ports import Ports
from golden_images.stages.job import Job, Report
from golden_images.stages.verdict import Verdict

EVIDENCE = ("application/junit+xml",)


class Options(Closed):
    suite: str = Field(default="tests", description="Folder of tests inside the context.")
    minimum: int = Field(default=1, ge=1, description="Fewer passed tests than this fails the stage.")
    timeout_minutes: int = Field(default=10, ge=1, le=240)
    tmpfs: tuple[str, ...] = Field(
        default=("/tmp", "/run"),  # noqa: S108 - inside the container
        description="Writable memory file systems of the otherwise read-only container.",
    )


def run(job: Job, ports: Ports) -> Report:
    raise NotImplementedError


def judge(options: Closed, reports: Mapping[str, bytes]) -> Verdict:
    raise NotImplementedError
