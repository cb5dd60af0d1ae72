"""The tags of the way to a release. Once it is there, it keeps what was tagged by itself."""

from __future__ import annotations

from golden_images.core import names
from golden_images.core.digest import Digest
from golden_images.job import Job
from golden_images.ports import Registry


def clear(job: Job, registry: Registry, plan: Digest | None) -> None:
    """Takes away the tags of the job's candidate and of its plan, where the registry can. ``plan`` is that
    of the release, which stays.

    Where nothing but a tag keeps an image from garbage collection, the images of an index need theirs.
    """
    tags = []
    if not job.plan.judges:
        tags.append(job.plan.candidate_tag)
        platforms = job.definition.build.platforms
        if len(platforms) > 1 and registry.lists_referrers(job.repository, job.subject().digest):
            tags += [names.platform_tag(job.plan.build_id, platform) for platform in platforms]
    if job.plan_digest != plan:
        tags.append(names.plan_tag(job.plan.build_id, job.plan_digest))
    registry.untag(job.repository, tags)
