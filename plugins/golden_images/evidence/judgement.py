"""The release that stands, judged by what is demanded now: what it meets, and what it falls short of.

Its channels stay where they are either way. That it met other demands is a record in the registry;
what it falls short of is in the catalog alone, as decisions are, and made anew by the next run.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from golden_images.core import records
from golden_images.core.digest import Digest
from golden_images.core.release import Judgement, Release, Shortfall
from golden_images.core.role import Role
from golden_images.errors import StageFailed
from golden_images.evidence.store import Witnesses
from golden_images.images import plan_artifact
from golden_images.job import Job, Report
from golden_images.ports import Catalog, Descriptor, Ports


def perform(stage: str, run: Callable[[], Report], job: Job, catalog: Callable[[], Catalog]) -> Report:
    """Runs the stage ``stage``. Where it judges a release, its answer no is written down, and its
    answer yes takes away what it wrote before."""
    if not job.plan.judges:
        return run()
    image, digest, demands = job.definition.name, Digest(job.plan.judges), job.plan.demands.digest
    try:
        report = run()
    except StageFailed as error:
        found = Shortfall(image, stage, digest, demands, error.cause or error.what, datetime.now(UTC))
        asked = catalog().shortfalls([image]).get(image, [])
        # A run that was cleared long after says nothing about what is demanded now.
        if any((one.digest, one.demands) == (digest, demands) for one in asked):
            catalog().record_shortfall(found)
        raise
    catalog().drop_shortfalls(image, digest, demands, stage)
    return report


def meets(job: Job, ports: Ports, release: Release, subject: Descriptor) -> Judgement:
    """Records that ``release``, which is ``subject``, meets the plan's demands: once, and once more where it
    met others since."""
    witnesses, demands = Witnesses.of(job, ports), job.plan.demands.digest
    judged = witnesses.catalog.judgements(release.image, release.digest)
    if judged and judged[0].demands == demands:
        return judged[0]
    again = any(one.demands == demands for one in judged)
    registry, now = witnesses.registry, datetime.now(UTC)
    plan = plan_artifact.bind(registry, job.repository, job.plan_manifest, subject, job.plan.build_id)
    made = Judgement(release.image, release.version, release.digest, demands, plan, now)
    content = witnesses.keep(
        subject,
        witnesses.snapshot(subject.digest),
        records.judgement_statement(made, job.reference(registry)),
        stage=Role.RELEASE_RECORD.value,
        mark=(job.plan_digest if again else demands).hex[:16],
        created=now,
        annotations=records.judgement_annotations(made),
    )
    judgement = records.parse_judgement(content, job.repository)
    witnesses.catalog.record_judgement(judgement)
    return judgement
