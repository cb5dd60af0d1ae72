"""Whether what stands in the registry as a candidate is what our build put there.

Whoever may write to the registry may push under a candidate's tag. So a build writes down in the catalog
what it made, before the tag shows it; every later stage works on what the catalog names, whatever the tag
says.
"""

from __future__ import annotations

from golden_images.core.digest import Digest
from golden_images.core.plan import BuildPlan
from golden_images.core.release import Release
from golden_images.errors import IntegrityError
from golden_images.job import Job, Makes
from golden_images.ports import Catalog


def witnessed(catalog: Catalog, image: str, plan: BuildPlan) -> Digest | None:
    """What the stages after the build work on, by the catalog: what this build made, or the release that
    the plan has judged anew. None where it names none."""
    if plan.judges:
        release = released(catalog, image, Digest(plan.judges))
        return release.digest if release else None
    record = catalog.candidate(image, plan.build_id)
    return record.digest if record else None


def released(catalog: Catalog, image: str, digest: Digest) -> Release | None:
    """The release of ``image`` that is ``digest``; None if it is none, or another image's alone."""
    found = catalog.release_by_digest(digest)
    if found is None or found.image == image:
        return found
    # Two images may have the same bytes.
    return next((one for one in catalog.releases(image) if one.digest == digest), None)


def demand(job: Job, catalog: Catalog) -> None:
    """Raises IntegrityError unless the job's subject is what the catalog names."""
    subject, named = job.subject().digest, witnessed(catalog, job.definition.name, job.plan)
    if subject != named:
        builder = job.maker(Makes.CANDIDATE)
        raise IntegrityError(
            f"{job.definition.name}: {subject} is not what {builder} made",
            cause=f"the catalog names {named or 'no candidate'} for this build",
            remedy=f"clear {builder} and the stages after it; see who else may push to the registry",
        )
