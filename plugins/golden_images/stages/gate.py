"""Gate: judges every piece of evidence about one digest."""

from __future__ import annotations

from golden_images.ports import Ports
from golden_images.stages.job import Job, Report


def run(job: Job, ports: Ports) -> Report:
    raise NotImplementedError
