"""A stage's job, made: from a run's plan, or from a release that stands. Operators, command line and
tests make theirs here.

All of it is read from the registry by digest; what the stages are asked for comes from the table and
from the definition that the plan holds, which is the one that the run was decided on.
"""

from __future__ import annotations

from pydantic import ValidationError

from golden_images.core.definition import Definition
from golden_images.core.digest import Digest
from golden_images.core.organisation import Organisation
from golden_images.core.plan import BuildPlan
from golden_images.core.release import Release
from golden_images.errors import InputError, StageFailed
from golden_images.images import plan_artifact
from golden_images.job import Job
from golden_images.pipeline import demands, schema
from golden_images.ports import Descriptor, Log, Registry


def from_plan(
    organisation: Organisation,
    image: str,
    plan: Digest,
    registry: Registry,
    *,
    stage: str,
    owner: str,
    log: Log,
    candidate: Digest | None = None,
) -> Job:
    """The job of ``stage`` in a run that works by ``plan``; ``candidate`` is what was built.

    Raises IntegrityError for a plan that is none or of another version, InputError for a definition of
    another schema, StageFailed where the registry has lost the candidate.
    """
    repository = organisation.repository(image)
    made = plan_artifact.fetch(registry, repository, plan)
    subject = _subject(registry, image, repository, candidate) if candidate else None
    return _job(organisation, made, plan, subject, stage=stage, owner=owner, log=log)


def from_release(
    organisation: Organisation, release: Release, registry: Registry, *, stage: str, owner: str, log: Log
) -> Job:
    """The job of ``stage`` about ``release``, whichever version of this program made it, and whatever
    its state is now. Raises as :func:`from_plan` does."""
    repository = organisation.repository(release.image)
    plan = plan_artifact.fetch_past(registry, repository, release.plan)
    subject = _subject(registry, release.image, repository, release.digest)
    return _job(organisation, plan, release.plan, subject, stage=stage, owner=owner, log=log)


def _job(
    organisation: Organisation,
    plan: BuildPlan,
    digest: Digest,
    subject: Descriptor | None,
    *,
    stage: str,
    owner: str,
    log: Log,
) -> Job:
    definition = _definition(plan)
    wanted = demands(definition)
    return Job(
        organisation=organisation,
        definition=definition,
        plan=plan,
        plan_digest=digest,
        stage=stage,
        owner=owner,
        log=log,
        demand=next((demand for demand in wanted if demand.stage == stage), None),
        demands=wanted,
        candidate=subject,
    )


def _definition(plan: BuildPlan) -> Definition:
    try:
        return schema().model_validate(plan.definition)
    except ValidationError as error:
        raise InputError(
            f"{plan.inputs.image}: the definition in its plan cannot be read any more",
            cause=str(error.errors(include_url=False, include_input=False)[0]["msg"]),
            remedy="the schema has changed since it was written; trigger a new run",
        ) from None


def _subject(registry: Registry, image: str, repository: str, digest: Digest) -> Descriptor:
    found = registry.resolve(repository, digest)
    if found is None:
        raise StageFailed(
            f"{image}: {digest} is gone",
            cause=f"{registry.host} no longer has it in {repository}",
            remedy="trigger the image with force to build it anew",
        )
    return found
