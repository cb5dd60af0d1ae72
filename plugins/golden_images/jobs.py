"""A stage's job, made: from a run's plan, or from a release that stands. Operators, command line and
tests make theirs here.

Which plan and which candidate a run works on is what the catalog was told by the stages before, never
what travels between Airflow's tasks. Both are read from the registry by digest; what is asked of the
stages comes from the table and from the definition that the plan holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from pydantic import ValidationError

from golden_images.core.definition import Definition
from golden_images.core.digest import Digest
from golden_images.core.organisation import Organisation
from golden_images.core.plan import BuildPlan
from golden_images.core.release import Decision, Release
from golden_images.errors import InputError, RegistryError, StageFailed
from golden_images.images import plan_artifact
from golden_images.job import Job, Makes
from golden_images.pipeline import RESOLVE, demands, knows, maker, makers, schema
from golden_images.ports import Catalog, Log, Manifest, Ports, Registry


def of_run(
    organisation: Organisation,
    image: str,
    run_id: str,
    ports: Ports,
    *,
    stage: str,
    owner: str,
    log: Log,
) -> Job:
    """The job of ``stage`` in the run ``run_id``, by what resolve decided for it and what was built since.

    Raises InputError where there is nothing to work on, and as :func:`from_plan` does.
    """
    catalog, registry = ports.catalog(), ports.registry()
    plan = _planned(image, run_id, catalog.decision(image, run_id))
    kept = catalog.kept_manifest(image, plan)
    job = from_plan(organisation, image, plan, registry, stage=stage, owner=owner, log=log, kept=kept)
    if not knows(stage, Makes.CANDIDATE):
        return job
    built = Digest(job.plan.judges) if job.plan.judges else _built(job, catalog)
    kept = None if job.plan.judges else catalog.kept_manifest(image, built)
    return replace(job, candidate=kept or _subject(registry, image, job.repository, built))


def _planned(image: str, run_id: str, decision: Decision | None) -> Digest:
    if decision is None:
        raise InputError(
            "this run has no build plan",
            cause=f"the catalog has no decision of the run {run_id} on {image}",
            remedy=f"clear {RESOLVE.name} with what comes after it, or trigger a new run",
        )
    if decision.plan is not None:
        return decision.plan
    if decision.reason.why.runs:
        raise InputError(
            "this run's build plan is not known",
            cause="it was decided by a version of this program that did not write the plan down",
            remedy=f"clear {RESOLVE.name} with what comes after it, or trigger a new run",
        )
    raise InputError(
        "this run has nothing to do",
        cause=f"{RESOLVE.name} decided: {decision.reason}",
        remedy="trigger a new run with force to build all the same",
    )


def _built(job: Job, catalog: Catalog) -> Digest:
    candidate = catalog.candidate(job.definition.name, job.plan.build_id)
    if candidate is None:
        builder = maker(Makes.CANDIDATE).name
        raise InputError(
            f"build {job.plan.build_id[:12]} has no candidate",
            cause=f"{builder} has not ended well since this was decided, or a version of this program ran "
            "it that did not write the candidate down",
            remedy=f"clear {builder} with what comes after it",
        )
    return candidate.digest


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
    kept: Manifest | None = None,
) -> Job:
    """The job of ``stage`` in a run that works by ``plan``; ``candidate`` is what was built, ``kept`` the
    plan's artifact, where the registry need not be asked.

    Raises IntegrityError for a plan that is none or of another version, InputError for a definition of
    another schema, StageFailed where the registry has lost plan or candidate.
    """
    repository = organisation.repository(image)
    artifact = kept or _artifact(registry, image, repository, plan)
    made = _plan(plan_artifact.read, registry, image, repository, artifact)
    subject = _subject(registry, image, repository, candidate) if candidate else None
    return _job(organisation, made, artifact, subject, stage=stage, owner=owner, log=log)


def from_release(
    organisation: Organisation, release: Release, registry: Registry, *, stage: str, owner: str, log: Log
) -> Job:
    """The job of ``stage`` about ``release``, whichever version of this program made it, and whatever
    its state is now. Raises as :func:`from_plan` does."""
    repository = organisation.repository(release.image)
    artifact = _artifact(registry, release.image, repository, release.plan)
    plan = _plan(plan_artifact.read_past, registry, release.image, repository, artifact)
    subject = _subject(registry, release.image, repository, release.digest)
    return _job(organisation, plan, artifact, subject, stage=stage, owner=owner, log=log)


def _job(
    organisation: Organisation,
    plan: BuildPlan,
    artifact: Manifest,
    subject: Manifest | None,
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
        plan_manifest=artifact,
        stage=stage,
        owner=owner,
        log=log,
        demand=next((demand for demand in wanted if demand.stage == stage), None),
        demands=wanted,
        candidate=subject,
        makers=makers(),
    )


def _plan(
    read: Callable[[Registry, str, Manifest], BuildPlan],
    registry: Registry,
    image: str,
    repository: str,
    artifact: Manifest,
) -> BuildPlan:
    try:
        return read(registry, repository, artifact)
    except RegistryError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
    raise _gone(registry, image, repository, "the build plan", artifact.descriptor.digest)


def _artifact(registry: Registry, image: str, repository: str, digest: Digest) -> Manifest:
    return _manifest(registry, image, repository, "the build plan", digest)


def _definition(plan: BuildPlan) -> Definition:
    try:
        return schema().model_validate(plan.definition)
    except ValidationError as error:
        raise InputError(
            f"{plan.inputs.image}: the definition in its plan cannot be read any more",
            cause=str(error.errors(include_url=False, include_input=False)[0]["msg"]),
            remedy="the schema has changed since it was written; trigger a new run",
        ) from None


def _subject(registry: Registry, image: str, repository: str, digest: Digest) -> Manifest:
    return _manifest(registry, image, repository, "the image", digest)


def _manifest(registry: Registry, image: str, repository: str, what: str, digest: Digest) -> Manifest:
    try:
        return registry.manifest(repository, digest)
    except RegistryError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
    raise _gone(registry, image, repository, what, digest)


def _gone(registry: Registry, image: str, repository: str, what: str, digest: Digest) -> StageFailed:
    return StageFailed(
        f"{image}: {what} {digest} is gone",
        cause=f"{registry.host} no longer has it in {repository}",
        remedy="trigger the image with force to build it anew",
    )
