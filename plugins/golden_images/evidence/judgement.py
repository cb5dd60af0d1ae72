"""The release that stands, judged by what is demanded now: what it meets, and what it falls short of.

Its channels stay where they are either way. That it met other demands is a record in the registry;
what it falls short of is in the catalog alone, as decisions are, and made anew by the next run.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from golden_images.core import media, names, records
from golden_images.core.digest import Digest
from golden_images.core.release import Judgement, Release, Shortfall
from golden_images.errors import StageFailed
from golden_images.images.image import only_layer
from golden_images.job import Job, Report
from golden_images.ports import Catalog, Ports, Registry


def perform(stage: str, run: Callable[[Job, Ports], Report], job: Job, ports: Ports) -> Report:
    """Runs the stage ``stage``. Where it judges a release, its answer no is written down, and its
    answer yes takes away what it wrote before."""
    if not job.plan.judges:
        return run(job, ports)
    image, digest, demands = job.definition.name, Digest(job.plan.judges), job.plan.demands.digest
    try:
        report = run(job, ports)
    except StageFailed as error:
        found = Shortfall(image, stage, digest, demands, error.cause or error.what, datetime.now(UTC))
        asked = ports.catalog().shortfalls([image]).get(image, [])
        # A run that was cleared long after says nothing about what is demanded now.
        if any((one.digest, one.demands) == (digest, demands) for one in asked):
            ports.catalog().record_shortfall(found)
        raise
    ports.catalog().drop_shortfalls(image, digest, demands, stage)
    return report


def meets(job: Job, registry: Registry, catalog: Catalog, release: Release) -> Judgement:
    """Records that ``release`` meets the plan's demands; a record that stands is kept."""
    tag = names.judgement_tag(release.version, job.plan.demands.digest)
    if registry.resolve(job.repository, tag) is None:
        _record(job, registry, release, tag)
    judgement = records.parse_judgement(only_layer(registry, job.repository, tag))
    catalog.record_judgement(judgement)
    return judgement


def _record(job: Job, registry: Registry, release: Release, tag: str) -> None:
    demands = job.plan.demands.digest
    judgement = Judgement(
        release.image, release.version, release.digest, demands, job.plan_digest, datetime.now(UTC)
    )
    plan = registry.manifest(job.repository, job.plan_digest)
    plan_tag = names.judged_plan_tag(release.version, demands)
    registry.put_manifest(job.repository, plan.content, plan.descriptor.media_type, tag=plan_tag)
    registry.attach(
        job.repository,
        registry.manifest(job.repository, release.digest).descriptor,
        artifact_type=media.IN_TOTO,
        blobs=[(media.IN_TOTO, records.judgement_statement(judgement, job.reference(registry)))],
        annotations=records.judgement_annotations(judgement),
        tag=tag,
    )
