"""Resolve: tags become digests, a request becomes a plan, and the plan has a reason."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from golden_images.core.definition import Definition, Organisation
from golden_images.core.digest import Digest
from golden_images.core.plan import BuildPlan, Inputs
from golden_images.core.reason import Reason, Why
from golden_images.core.release import Decision, Release
from golden_images.errors import IntegrityError
from golden_images.ports import Descriptor, Log, Ports
from golden_images.stages import bases, context, plan_artifact
from golden_images.stages.changes import Current, changed, package_state, read_current


@dataclass(frozen=True, slots=True)
class Request:
    """One run's wish. ``date`` dates the version; ``base_digest`` is what a partition or a person wants."""

    organisation: Organisation
    definition: Definition
    #: ``include/contexts``.
    contexts: Path
    run_id: str
    now: datetime
    date: datetime
    log: Log
    base_digest: Digest | None = None
    #: True if an event brought ``base_digest``: a newer known base then supersedes this run.
    event: bool = False
    backfill: bool = False
    force: bool = False
    #: What a person gave as reason for a forced or manual run.
    note: str = ""
    #: Who that person is, by Airflow's word.
    actor: str = ""

    @property
    def repository(self) -> str:
        return self.organisation.repository(self.definition.name)


@dataclass(frozen=True, slots=True)
class Resolution:
    """``plan_digest`` is the pushed plan artifact; None when nothing is to be built or it was only asked."""

    reason: Reason
    plan: BuildPlan
    plan_digest: Digest | None = None
    #: For a backfill: the release that exists already, so that nothing is to be built.
    existing: Release | None = None


def decide(request: Request, ports: Ports) -> Resolution:
    """What a run would do now and why. Writes nothing.

    Raises InputError for a base that was never released or a context that is wrong, StageFailed for
    a base digest that its registry no longer has, ServiceError if a service does not answer.
    """
    definition = request.definition
    pin = bases.pin(request, ports)
    newest = bases.newer_than_asked(request, ports)
    current = read_current(request.repository, ports.catalog().current(definition.name), ports)
    packages, newer = package_state(request, current, ports)
    inputs = Inputs(
        image=definition.name,
        definition=definition.normalised(),
        context=context_digest(request) or "",
        base=pin,
        platforms=definition.build.platforms,
        args=definition.build.args,
        packages=packages,
    )
    plan = BuildPlan(
        inputs=inputs,
        definition=definition.model_dump(mode="json", by_alias=True),
        reason=Reason(why=Why.NEW, detail=request.note),
        date=request.date,
        source_date_epoch=_epoch(request, current, packages, ports),
        automatic_channels=() if request.backfill else request.organisation.automatic_channels(definition),
        backfill=request.backfill,
        note=request.note,
        actor=request.actor,
    )
    if newest is not None:
        reason = Reason(why=Why.SUPERSEDED, old=str(request.base_digest), new=str(newest))
        return Resolution(reason, plan.model_copy(update={"reason": reason}))
    if request.backfill:
        return _backfill(request, plan, ports)
    plan = _settle(request, plan, current, changed(current, inputs, newer), ports)
    return Resolution(plan.reason, plan)


def run(request: Request, ports: Ports) -> Resolution:
    """Decides, records the decision, and pushes the plan artifact if something is to be built."""
    resolution = decide(request, ports)
    if resolution.reason.why.builds:
        pushed = _push(request, resolution.plan, ports)
        resolution = replace(resolution, plan_digest=pushed.digest)
    ports.catalog().record_decision(
        Decision(
            image=request.definition.name,
            run_id=request.run_id,
            at=request.now,
            reason=resolution.reason,
            build_id=resolution.plan.build_id,
            note=request.note,
            actor=request.actor,
        )
    )
    return resolution


def _push(request: Request, plan: BuildPlan, ports: Ports) -> Descriptor:
    registry = ports.registry()
    if not plan.inputs.context:
        return plan_artifact.push(registry, request.repository, plan, None)
    folder = request.contexts / request.definition.context
    with tempfile.NamedTemporaryFile(prefix="golden-images-context-") as file:
        packed = context.archive(folder, file)
        file.flush()
        if packed != plan.inputs.context:
            raise IntegrityError(
                f"{folder} changed while it was read",
                cause=f"it was {plan.inputs.context} and is {packed}",
                remedy="run it again when nobody writes to the folder",
            )
        return plan_artifact.push(registry, request.repository, plan, Path(file.name))


def context_digest(request: Request) -> Digest | None:
    """None for a root base without a context folder: it needs none unless it has tests."""
    folder = request.contexts / request.definition.context
    if request.definition.base.bootstrap is not None and not folder.is_dir():
        return None
    return context.digest_of(folder)


def _backfill(request: Request, plan: BuildPlan, ports: Ports) -> Resolution:
    """Once on every base version, however that came about; forced, once more."""
    base = plan.inputs.base
    reason = Reason(why=Why.BACKFILL, new=base.digest if base else "")
    if request.force:
        plan = _again(plan, request.run_id, reason)
        return Resolution(reason, plan)
    existing = ports.catalog().release_of_build(request.definition.name, plan.build_id)
    existing = existing or _built_on(request, plan, ports)
    if existing is not None:
        reason = Reason(why=Why.UNCHANGED, detail=f"{existing.version} is built on this base")
    return Resolution(reason, plan.model_copy(update={"reason": reason}), existing=existing)


def _settle(
    request: Request, plan: BuildPlan, current: Current | None, change: Reason, ports: Ports
) -> BuildPlan:
    """The plan with its final reason, and a nonce where the same inputs are to be built again."""
    if request.force:
        return _again(plan, request.run_id, Reason(why=Why.FORCED, detail=request.note))
    existing = ports.catalog().release_of_build(request.definition.name, plan.build_id)
    if current is not None and change.why is Why.PLAN_LOST:
        return _again(plan, f"plan-lost:{current.release.version}", change)
    if current is not None:
        same_result = existing is not None and existing.digest == current.release.digest
        if change.why is Why.UNCHANGED or same_result:
            overdue = _overdue(request, current.release)
            if overdue is not None:
                return _again(plan, f"max-age:{current.release.version}", overdue)
            change = Reason(why=Why.UNCHANGED, detail=f"{current.release.version} is current")
        elif existing is not None:
            # An earlier state is wanted again: a new release of it, which the earlier build id is not.
            return _again(plan, f"after:{current.release.digest}", change)
    return plan.model_copy(update={"reason": change})


def _overdue(request: Request, release: Release) -> Reason | None:
    limit = request.organisation.max_age_days(request.definition)
    age = request.now - release.released_at
    if limit is None or age < timedelta(days=limit):
        return None
    return Reason(why=Why.MAX_AGE, detail=f"{release.version} is {age.days} days old, at most {limit}")


def _again(plan: BuildPlan, nonce: str, reason: Reason) -> BuildPlan:
    inputs = plan.inputs.model_copy(update={"nonce": nonce})
    # A new object, because the build id is computed once for each.
    fields = {name: getattr(plan, name) for name in BuildPlan.model_fields}
    return BuildPlan(**{**fields, "inputs": inputs, "reason": reason})


def _built_on(request: Request, plan: BuildPlan, ports: Ports) -> Release | None:
    """A release of the same definition and context on the same base, however it came about."""
    base = plan.inputs.base
    for release in ports.catalog().releases(request.definition.name):
        if base is None or release.base_digest != base.digest:
            continue
        inputs = plan_artifact.fetch(ports.registry(), request.repository, release.plan).inputs
        if (inputs.definition, inputs.context) == (plan.inputs.definition, plan.inputs.context):
            return release
    return None


def _epoch(request: Request, current: Current | None, packages: str, ports: Ports) -> int:
    """File times of a root base are those of the archive, and stay while its packages stay: the same
    package state then gives the same bytes."""
    bootstrap = request.definition.base.bootstrap
    if bootstrap is None:
        return int(request.date.timestamp())
    if current is not None and current.plan is not None and current.packages == packages:
        return current.plan.source_date_epoch
    return int(ports.package_archive().release_time(bootstrap.suite, bootstrap.mirror).timestamp())
