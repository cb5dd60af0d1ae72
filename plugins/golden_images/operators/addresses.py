"""Where people find what a task made: addresses in the registry, always by digest."""

from __future__ import annotations

from golden_images.adapters.registry.client import RegistryClient
from golden_images.adapters.registry.endpoint import Endpoint, loopback
from golden_images.core.digest import Digest
from golden_images.errors import GoldenImagesError
from golden_images.ports import Registry
from golden_images.stages.examine import referrers
from golden_images.stages.image import body, named
from golden_images.stages.job import Job

IMAGE = "Image"
EVIDENCE = "Evidence"


def addresses(job: Job, registry: Registry, built: str = "") -> dict[str, str]:
    """By link name; ``built`` is the digest that the stage itself made.

    A link is a convenience: a registry that fails here costs the link, not the task.
    """
    endpoint = _endpoint(registry)
    found = {}
    image = built or (job.candidate.digest if job.candidate else "")
    if image:
        found[IMAGE] = endpoint.manifest(job.repository, image)
    try:
        report = _report(job, registry)
    except GoldenImagesError as error:
        job.log(f"no link to the evidence: {error.what}")
        report = None
    if report is not None:
        found[EVIDENCE] = endpoint.blob(job.repository, report)
    return found


def _report(job: Job, registry: Registry) -> Digest | None:
    """The running stage's first report, as the blob that a browser can show."""
    demand = job.demand
    if demand is None:
        return None
    subject = job.context_subject if demand.about_context or job.candidate is None else job.candidate.digest
    found = referrers(job, registry, subject, demand)
    first = next((found[kind] for kind in demand.artifact_types if kind in found), None)
    if first is None:
        return None
    manifest = registry.manifest(job.repository, first.digest)
    layers = body(manifest).get("layers")
    return named(layers[0], f"{job.repository}@{first.digest}") if layers else None


def _endpoint(registry: Registry) -> Endpoint:
    if isinstance(registry, RegistryClient):
        return registry.endpoint
    return Endpoint(registry.host, plain_http=loopback(registry.host))
