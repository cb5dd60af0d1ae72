"""What is known of the release that stands: its plan, and what it was judged by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from golden_images.core import judging, past
from golden_images.core.demands import Demands
from golden_images.core.digest import Digest
from golden_images.core.plan import SCHEMA_VERSION, BuildPlan
from golden_images.core.release import Release
from golden_images.errors import IntegrityError
from golden_images.images import contents, context, plan_artifact
from golden_images.images.contents import Contents
from golden_images.images.lost import absent_is_lost
from golden_images.ports import Ports, Registry

if TYPE_CHECKING:
    from golden_images.planning.request import Request


@dataclass(frozen=True, slots=True)
class Current:
    """The current release with the plan that it came from; None if that cannot be read any more, and
    ``lost`` says why."""

    release: Release
    plan: BuildPlan | None
    repository: str
    lost: str = ""

    @property
    def decided_at(self) -> datetime:
        """When it was decided on; where its plan does not tell, when it was released."""
        return (self.plan and self.plan.decided_at) or self.release.released_at

    @property
    def packages(self) -> str:
        """Its package state; empty if nobody knows it any more."""
        return self.plan.inputs.packages if self.plan else ""


def read_current(request: Request, ports: Ports) -> Current | None:
    """Raises RegistryError only if the registry does not answer: a past that cannot be read is a
    reason to build, not an error."""
    release, repository = ports.catalog().current(request.definition.name), request.repository
    if release is None:
        return None
    try:
        with absent_is_lost():
            return Current(release, read_plan(request, release.plan, ports.registry()), repository)
    except IntegrityError as error:
        return Current(release, None, repository, lost=error.cause or error.what)


def read_plan(request: Request, digest: Digest, registry: Registry) -> BuildPlan:
    """A past plan of the image in today's form. Raises IntegrityError, RegistryError."""
    plan = plan_artifact.fetch_past(registry, request.repository, digest)
    return plan if plan.schema_version == SCHEMA_VERSION else _translated(request, plan, digest, registry)


def files_of(request: Request, digest: Digest, registry: Registry) -> Contents:
    """The files of the context that a past plan holds; none where it has no context."""
    plan = plan_artifact.fetch_past(registry, request.repository, digest)
    if not (plan.inputs.context or plan.demands.tests):
        return Contents({})
    artifact = registry.manifest(request.repository, digest)
    with plan_artifact.open_context(registry, request.repository, artifact) as archive:
        return contents.of_archive(archive)


def _translated(request: Request, plan: BuildPlan, digest: Digest, registry: Registry) -> BuildPlan:
    """A plan of version 1: its context is split into what makes bytes and what tests them."""
    files = Contents({})
    if plan.inputs.context:
        folder = request.contexts / request.definition.context
        same = folder.is_dir() and context.digest_of(folder) == plan.inputs.context
        files = request.files() if same else files_of(request, digest, registry)
    options = {name: stage.options for name, stage in plan.demands.stages.items()}
    bootstrap = "bootstrap" in plan.inputs.definition.get("base", {})
    build, tests = contents.split(files, past.suite_of(plan), bootstrap=bootstrap)
    inputs = plan.inputs.model_copy(update={"context": build.digest})
    return plan.model_copy(update={"inputs": inputs, "demands": _demands(request, options, tests.digest)})


def _demands(request: Request, options: dict[str, dict[str, object]], tests: str) -> Demands:
    """What version 1 demanded: of the stages that were in its table, by the options of then."""
    asked = judging.demanded(request.demands, tests)
    stages = {}
    for demand in request.demands:
        if demand.stage not in options:
            continue
        try:
            was = type(demand.options).model_validate(options[demand.stage])
        except ValidationError:
            # An option of then that there is no more: what it demanded cannot be said.
            continue
        written = was.model_dump(mode="json", exclude_defaults=True)
        stages[demand.stage] = asked.stages[demand.stage].model_copy(update={"options": written})
    return Demands(stages=stages, tests=tests)
