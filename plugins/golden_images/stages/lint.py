"""Lint: hadolint reads the Dockerfile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from golden_images.core.definition import Closed
from golden_images.ports import Ports
from golden_images.stages.job import Job, Report
from golden_images.stages.verdict import Verdict

EVIDENCE = ("application/sarif+json",)


class Options(Closed):
    ignore: tuple[str, ...] = Field(default=(), description="hadolint rules to leave out, such as DL3008.")
    fail_on: Literal["error", "warning", "note"] = Field(
        default="error", description="The lowest level that fails the stage."
    )


def run(job: Job, ports: Ports) -> Report:
    raise NotImplementedError


def judge(options: Closed, reports: Mapping[str, bytes]) -> Verdict:
    raise NotImplementedError
