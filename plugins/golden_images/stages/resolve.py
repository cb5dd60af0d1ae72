"""Resolve: tags become digests, a request becomes a plan, and the plan has a reason."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from golden_images.core import about
from golden_images.core.digest import Digest
from golden_images.core.plan import BasePin, BuildPlan
from golden_images.core.reason import Reason, Why
from golden_images.core.release import Decision, Release, Shortfall
from golden_images.core.role import Role
from golden_images.errors import IntegrityError
from golden_images.images import contents, context, plan_artifact
from golden_images.planning import bases, finding, stage_bases
from golden_images.planning import survey as backfill
from golden_images.planning.changes import changed, demanded_otherwise, package_state
from golden_images.planning.past import Current, read_current
from golden_images.planning.request import Request, plan_of
from golden_images.ports import Manifest, Ports


@dataclass(frozen=True, slots=True)
class Resolution:
    """``plan_digest`` is the pushed plan artifact; None when nothing is to be done or it was only asked."""

    reason: Reason
    plan: BuildPlan
    plan_digest: Digest | None = None
    #: The release that exists already (of a backfill), or is to be judged anew.
    existing: Release | None = None


def decide(request: Request, ports: Ports) -> Resolution:
    """What a run would do now and why. Writes nothing.

    Raises InputError for a base that was never released or a context that is wrong, StageFailed for
    a base digest that its registry no longer has or that is no release, ServiceError if a service does
    not answer.
    """
    base = bases.pin(request, ports)
    newest = bases.newer_than_asked(request, ports)
    if newest is not None:
        reason = Reason(why=Why.SUPERSEDED, old=str(request.base_digest), new=str(newest))
        return Resolution(reason, plan_of(request, base, reason))
    stages = stage_bases.pins(request, ports)
    if request.backfill:
        return _backfill(request, base, stages, ports)
    current = read_current(request, ports)
    packages, newer = package_state(request, current, ports)
    plan = plan_of(
        request,
        base,
        Reason(why=Why.NEW, detail=request.note),
        stages=stages,
        packages=packages,
        source_date_epoch=_epoch(request, current, packages, ports),
        decided_at=_moment(request, current),
        automatic_channels=request.organisation.automatic_channels(request.definition),
    )
    change = finding.asked_for(request, current, changed(request, current, plan, newer, ports), newer, ports)
    plan = _settle(request, plan, current, change, ports)
    judged = current.release if current and plan.judges else None
    return Resolution(plan.reason, plan, existing=judged)


def run(request: Request, ports: Ports) -> Resolution:
    """Decides, records the decision, and pushes the plan artifact if the stages have something to do."""
    resolution = decide(request, ports)
    if resolution.reason.why.runs:
        plan = resolution.plan.model_copy(update={"labels": _labels(request, resolution.plan, ports)})
        artifact = _push(request, plan, ports)
        ports.catalog().keep_manifests(request.definition.name, [artifact])
        resolution = replace(resolution, plan=plan, plan_digest=artifact.descriptor.digest)
    if not request.backfill:
        _tell_shortfalls(request, resolution, ports)
        if resolution.reason.why is not Why.SUPERSEDED:
            found = stage_bases.watched(request.definition, resolution.plan.inputs.stages)
            ports.catalog().set_stage_bases(request.definition.name, found)
    ports.catalog().record_decision(
        Decision(
            image=request.definition.name,
            run_id=request.run_id,
            at=request.now,
            reason=resolution.reason,
            build_id=resolution.plan.build_id,
            note=request.note,
            actor=request.actor,
            backfill=request.backfill,
            plan=resolution.plan_digest,
        )
    )
    return resolution


def _labels(request: Request, plan: BuildPlan, ports: Ports) -> dict[str, str]:
    base, definition = plan.inputs.base, request.definition
    name = bases.named(base, definition, ports) if base else ""
    return about.describe(request.organisation, definition, name, base.digest if base else "")


def _push(request: Request, plan: BuildPlan, ports: Ports) -> Manifest:
    """The plan, with the context as its second layer where there is one."""
    registry, files = ports.registry(), request.files()
    if not files.files:
        return plan_artifact.push(registry, request.repository, plan, None)
    folder = request.contexts / request.definition.context
    with tempfile.NamedTemporaryFile(prefix="golden-images-context-") as file:
        context.archive(folder, file)
        file.seek(0)
        if contents.of_archive(file) != files:
            raise IntegrityError(
                f"{folder} changed while it was read",
                cause="the plan was made from other files",
                remedy="run it again when nobody writes to the folder",
            )
        return plan_artifact.push(registry, request.repository, plan, Path(file.name))


def _tell_shortfalls(request: Request, resolution: Resolution, ports: Ports) -> None:
    """A release that is to be judged anew does not meet the demands of now until it has."""
    catalog, image, plan = ports.catalog(), request.definition.name, resolution.plan
    if resolution.reason.why is Why.DEMANDS_CHANGED:
        demand = Shortfall(
            image=image,
            stage=Role.UNJUDGED.value,
            digest=Digest(plan.judges),
            demands=plan.demands.digest,
            problem=f"not judged yet by {resolution.reason.detail}",
            at=request.now,
        )
        catalog.set_shortfalls(image, (demand,))
    elif resolution.reason.why is Why.UNCHANGED and catalog.shortfalls([image]):
        catalog.set_shortfalls(image, ())


def _backfill(
    request: Request, base: BasePin | None, stages: tuple[BasePin, ...], ports: Ports
) -> Resolution:
    """Once on every base version, however that came about; forced, once more."""
    reason = Reason(why=Why.BACKFILL, new=base.digest if base else "")
    plan = plan_of(request, base, reason, stages=stages)
    if request.force:
        return Resolution(reason, _again(plan, request.run_id, reason))
    existing = backfill.released(request, [plan], ports).get(plan.build_id)
    if existing is not None:
        reason = Reason(why=Why.UNCHANGED, detail=f"{existing.version} is built on this base")
    return Resolution(reason, plan.model_copy(update={"reason": reason}), existing=existing)


def _settle(
    request: Request, plan: BuildPlan, current: Current | None, change: Reason, ports: Ports
) -> BuildPlan:
    """The plan with its final reason, and a nonce where the same inputs are to be built again."""
    if request.force:
        return _again(plan, request.run_id, Reason(why=Why.FORCED, detail=request.note))
    if current is None:
        return plan.model_copy(update={"reason": change})
    if change.why is Why.PLAN_LOST:
        return _again(plan, f"plan-lost:{current.release.version}", change)
    existing = ports.catalog().release_of_build(request.definition.name, plan.build_id)
    same_result = existing is not None and existing.digest == current.release.digest
    # What the same inputs fetch may be newer now. A retry gives the same build id.
    mends = f"finding:{change.detail}:{current.release.digest}" if change.why is Why.FINDING else ""
    if change.why is Why.UNCHANGED or (same_result and not mends):
        return _stands(request, plan, current, change, ports)
    if existing is not None:
        # An earlier state is wanted again: a new release of it, which the earlier build id is not.
        return _again(plan, (same_result and mends) or f"after:{current.release.digest}", change)
    return plan.model_copy(update={"reason": change})


def _stands(request: Request, plan: BuildPlan, current: Current, change: Reason, ports: Ports) -> BuildPlan:
    """The plan where the current release is what would be built."""
    overdue = _overdue(request, current.release)
    if overdue is not None:
        return _again(plan, f"max-age:{current.release.version}", overdue)
    demanded = demanded_otherwise(request, current, plan, ports)
    if demanded is None:
        told = f"; {change.detail}" if change.why is Why.UNCHANGED and change.detail else ""
        unchanged = Reason(why=Why.UNCHANGED, detail=f"{current.release.version} is current{told}")
        return plan.model_copy(update={"reason": unchanged})
    judges = str(current.release.digest)
    return plan.model_copy(update={"reason": demanded, "judges": judges, "automatic_channels": ()})


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


def _moment(request: Request, current: Current | None) -> datetime:
    """Now, and later than what this decision knows, whatever the clocks of two workers say."""
    if current is None:
        return request.now
    return max(request.now, current.decided_at + timedelta(microseconds=1))


def _epoch(request: Request, current: Current | None, packages: str, ports: Ports) -> int:
    """File times of a root base are those of the archive, and stay while its packages stay: the same
    package state then gives the same bytes."""
    bootstrap = request.definition.base.bootstrap
    if bootstrap is None:
        return int(request.date.timestamp())
    if current is not None and current.plan is not None and current.packages == packages:
        return current.plan.source_date_epoch
    return int(ports.package_archive().release_time(bootstrap.suite, bootstrap.mirror).timestamp())
