"""Where people find what a task made: pages on Airflow's own address, always by digest.

Not the registry's: a manifest is a 404 to whoever sends a browser's Accept header, and a report is a
download without a name. :mod:`golden_images.web.pages` serves these.
"""

from __future__ import annotations

from golden_images.core.judging import About
from golden_images.errors import GoldenImagesError
from golden_images.evidence.store import Witnesses
from golden_images.job import Job
from golden_images.operators.stopped import base_url
from golden_images.ports import Ports

IMAGE = "Image"
EVIDENCE = "Evidence"
#: Where Airflow serves what is ours.
URL_PREFIX = "/golden-images"


def addresses(job: Job, ports: Ports, built: str = "") -> dict[str, str]:
    """By link name; ``built`` is the digest that the stage itself made.

    A link is a convenience: a catalog that fails here costs the link, not the task.
    """
    found = {}
    image = built or (job.subject().digest if job.candidate else "")
    if image:
        found[IMAGE] = _page(job, image)
    try:
        report = _report(job, ports)
    except GoldenImagesError as error:
        job.log(f"no link to the evidence: {error.what}")
        report = None
    if report is not None:
        found[EVIDENCE] = report
    return found


def _report(job: Job, ports: Ports) -> str | None:
    """The page of the running stage's first report."""
    demand = job.demand
    if demand is None:
        return None
    subject = job.context_subject
    if job.candidate is not None and demand.evidence.about is not About.PLAN:
        subject = job.subject().digest
    known = Witnesses.of(job, ports).snapshot(subject)
    found = known.current(demand.stage, demand.fingerprint(job.plan), demand.evidence.kinds)
    if found is None:
        return None
    return f"{_page(job, subject)}/reports/{found.reports[demand.evidence.kinds[0]].digest}"


def _page(job: Job, digest: str) -> str:
    return f"{base_url()}{URL_PREFIX}/images/{job.definition.name}/{digest}"
