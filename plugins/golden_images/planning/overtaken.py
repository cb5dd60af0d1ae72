"""Whether a newer decision's release stands already: what an older one would release is then the past."""

from __future__ import annotations

from datetime import datetime

from golden_images.core.release import Release
from golden_images.errors import IntegrityError
from golden_images.images import plan_artifact
from golden_images.images.lost import absent_is_lost
from golden_images.job import Job
from golden_images.ports import Ports, Registry


def overtaken(job: Job, ports: Ports) -> Release | None:
    """The current release, if it was decided on after this run; None otherwise, and for a backfill,
    which is about the past anyway.

    The time of the decision counts: a run that was cleared, or was slow, releases late what is old.
    """
    decided = job.plan.decided_at
    if job.plan.backfill or decided is None:
        return None
    current = ports.catalog().current(job.definition.name)
    if current is None or current.build_id == job.plan.build_id:
        return None
    return current if _decided(job, ports.registry(), current) > decided else None


def _decided(job: Job, registry: Registry, release: Release) -> datetime:
    """When ``release`` was decided on; where its plan does not tell, when it was released."""
    try:
        with absent_is_lost():
            plan = plan_artifact.fetch_past(registry, job.repository, release.plan)
    except IntegrityError:
        return release.released_at
    return plan.decided_at or release.released_at
