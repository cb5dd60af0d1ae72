"""What changed between the current release and what would be built, or is demanded, now."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from golden_images.core.demands import changes, waiver_changes
from golden_images.core.difference import describe, differences
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.plan import BuildPlan
from golden_images.core.reason import Reason, Why
from golden_images.core.release import EvidenceRecord
from golden_images.errors import IntegrityError, RegistryError
from golden_images.evidence.snapshot import attempt_of
from golden_images.evidence.store import Witnesses
from golden_images.planning import packages, past
from golden_images.planning.past import Current
from golden_images.ports import Ports

if TYPE_CHECKING:
    from golden_images.planning.request import Request


def package_state(
    request: Request, current: Current | None, ports: Ports
) -> tuple[str, tuple[packages.Update, ...]]:
    """The package state for the plan, and what is newer in the archive than in the current release.

    Empty for a first release, and for a backfill: that is about a past base, not about now. A forced
    build does not ask: it is the way out when the current release lost its SBOM.
    """
    if current is None or request.backfill:
        return "", ()
    if request.force:
        return current.packages, ()
    bootstrap = request.definition.base.bootstrap
    components = bootstrap.components if bootstrap else ("main",)
    mirror = bootstrap.mirror if bootstrap else ""
    newer = max(
        (
            packages.updates(image, ports.package_archive(), components, mirror)
            for image in _installed(request, current, ports)
        ),
        key=len,
        default=(),
    )
    return packages.state(current.packages, newer), newer


def changed(
    request: Request, current: Current | None, plan: BuildPlan, newer: Sequence[packages.Update], ports: Ports
) -> Reason:
    """What makes other bytes now, the first of: a lost plan, definition, context, base, stages, packages;
    ``unchanged`` if nothing does."""
    if current is None:
        return Reason(why=Why.NEW)
    if current.plan is None:
        lost = f"the plan of {current.release.version} cannot be read: {current.lost}"
        return Reason(why=Why.PLAN_LOST, detail=lost)
    return (
        _definition_changed(current.plan, plan)
        or _context_changed(request, current, plan, ports)
        or _base_changed(current.plan, plan)
        or _stages_changed(current.plan, plan)
        or _packages_changed(newer)
        or Reason(why=Why.UNCHANGED)
    )


def _definition_changed(before: BuildPlan, plan: BuildPlan) -> Reason | None:
    old, new = ([made.inputs.definition, made.inputs.platforms] for made in (before, plan))
    if old == new:
        return None
    told = differences(_making(before.definition), _making(plan.definition))
    # A value that was the default once may not be now: then only what was written differs.
    told = told or differences(before.inputs.definition, plan.inputs.definition)
    return Reason(why=Why.DEFINITION_CHANGED, old=_short(old), new=_short(new), detail=describe(told))


def _context_changed(request: Request, current: Current, plan: BuildPlan, ports: Ports) -> Reason | None:
    old = current.plan.inputs.context if current.plan else ""
    if old == plan.inputs.context:
        return None
    files = _files(request, current.release.plan, ports, tests=False)
    return Reason(why=Why.CONTEXT_CHANGED, old=old, new=plan.inputs.context, detail=files)


def _base_changed(before: BuildPlan, plan: BuildPlan) -> Reason | None:
    if before.inputs.base == plan.inputs.base:
        return None
    old, new = (made.inputs.base.digest if made.inputs.base else "" for made in (before, plan))
    return Reason(why=Why.BASE_CHANGED, old=old, new=new)


def _stages_changed(before: BuildPlan, plan: BuildPlan) -> Reason | None:
    """The first of the build stages' bases that is another now. That none is used any more is a change
    of the Dockerfile."""
    was = {pin.name: pin.digest for pin in before.inputs.stages}
    for pin in plan.inputs.stages:
        old = was.get(pin.name, "")
        if old != pin.digest:
            told = f"{pin.name}, of a build stage{'' if old else ', is pinned now'}"
            return Reason(why=Why.BASE_CHANGED, old=old, new=pin.digest, detail=told)
    return None


def _packages_changed(newer: Sequence[packages.Update]) -> Reason | None:
    if not newer:
        return None
    first = newer[0]
    told = packages.describe(newer)
    return Reason(why=Why.PACKAGE_UPDATE, old=first.installed, new=first.candidate, detail=told)


def demanded_otherwise(request: Request, current: Current, plan: BuildPlan, ports: Ports) -> Reason | None:
    """Why the current release is to be judged anew; None if it met the plan's demands once. If it was by
    other rules since, that tells nothing: they are about what is known, and that grows."""
    if current.plan is None:
        return None
    wanted = plan.demands
    judged = ports.catalog().judgements(current.release.image, current.release.digest)
    if wanted.digest == (judged[0].demands if judged else current.plan.demands.digest):
        return None
    before, where = current.plan, current.release.plan
    for last in judged[:1]:
        with contextlib.suppress(IntegrityError, RegistryError):
            before, where = past.read_plan(request, last.plan, ports.registry()), last.plan
    met = {current.plan.demands.digest, *(one.demands for one in judged)}
    if wanted.digest in met and before.demands.rules == wanted.rules:
        return None
    told: list[str] = []
    if before.demands.tests != wanted.tests:
        files = _files(request, where, ports, tests=True)
        told.append(f"tests: {files}" if files else "tests")
    told += [str(change) for change in changes(before.demands, wanted, _options(before), _options(plan))]
    told += waiver_changes(before.demands, wanted, request.now)
    return Reason(
        why=Why.DEMANDS_CHANGED,
        old=before.demands.digest,
        new=wanted.digest,
        detail=describe(told),
    )


def _making(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a whole definition that makes bytes, with its defaults."""
    build = definition.get("build", {})
    kept = ("dockerfile", "target", "args", "platforms")
    base = {key: value for key, value in definition.get("base", {}).items() if key != "versions"}
    return {
        "base": base,
        "build": {key: build.get(key) for key in kept},
        "labels": definition.get("labels", {}),
    }


def _options(plan: BuildPlan) -> dict[str, Any]:
    options = plan.definition.get("stages", {})
    return options if isinstance(options, dict) else {}


def _files(request: Request, before: Digest, ports: Ports, *, tests: bool) -> str:
    """Which files changed since the plan ``before``; empty if its context is lost."""
    try:
        old = past.files_of(request, before, ports.registry())
    except (IntegrityError, RegistryError):
        return ""
    then, now = (request.split(files)[tests] for files in (old, request.files()))
    return describe(now.changed(then))


def _installed(request: Request, current: Current, ports: Ports) -> list[packages.Installed]:
    """By the newest SBOM that a stage wrote down; none for an image of another distribution, and where no
    stage lists packages. Of a release of a version before, and in a rebuilt catalog, no stage did: then by
    each that the catalog names, so that an empty one that somebody planted silences no update."""
    listing = {(one.stage, one.evidence.packages) for one in request.demands if one.evidence.packages}
    if not listing:
        return []
    named = [
        one
        for one in ports.catalog().evidence(current.release.image, current.release.digest)
        if (one.stage, one.artifact_type) in listing
    ]
    written = [one for one in named if one.attempt > 0]
    witnesses = Witnesses(ports.registry(), ports.catalog(), current.release.image, current.repository)
    if written:
        named = [max(written, key=lambda one: (one.created, one.attempt))]
    return _read(current, witnesses, named)


def _read(
    current: Current, witnesses: Witnesses, records: Sequence[EvidenceRecord]
) -> list[packages.Installed]:
    """Raises IntegrityError if none of ``records`` can be read."""
    found: list[packages.Installed | None] = []
    why = "the catalog names none"
    for record in records:
        try:
            (content,) = witnesses.read(attempt_of([record])).values()
            found.append(packages.installed(content))
        except IntegrityError as error:
            why = error.what
        except (ValueError, RecursionError) as error:
            why = f"it cannot be read: {error}"
    if not found:
        raise _undocumented(current, why)
    return [one for one in found if one is not None]


def _undocumented(current: Current, why: str) -> IntegrityError:
    # Without its SBOM nobody knows whether the release is patched: that must not pass for "unchanged".
    return IntegrityError(
        f"{current.repository}@{current.release.digest}: the current release has no SBOM",
        cause=why,
        remedy="trigger the image with force to build and document it anew",
    )


def _short(value: object) -> str:
    return Digest.of(canonical_json(value)).short
