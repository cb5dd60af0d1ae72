"""What changed between the current release and what would be built now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from golden_images.core import names
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.plan import BuildPlan, Inputs
from golden_images.core.reason import Reason, Why
from golden_images.core.release import Release
from golden_images.errors import IntegrityError, RegistryError
from golden_images.ports import Ports
from golden_images.stages import evidence, packages, plan_artifact

if TYPE_CHECKING:
    from golden_images.stages.resolve import Request

CYCLONEDX = "application/vnd.cyclonedx+json"


@dataclass(frozen=True, slots=True)
class Current:
    """The current release with the plan that it came from; None if that cannot be read any more, and
    ``lost`` says why."""

    release: Release
    plan: BuildPlan | None
    repository: str
    lost: str = ""

    @property
    def packages(self) -> str:
        """Its package state; empty if nobody knows it any more."""
        return self.plan.inputs.packages if self.plan else ""


def read_current(repository: str, release: Release | None, ports: Ports) -> Current | None:
    """Raises RegistryError only if the registry does not answer: a past that cannot be read is a
    reason to build, not an error."""
    if release is None:
        return None
    try:
        plan = plan_artifact.fetch(ports.registry(), repository, release.plan)
    except IntegrityError as error:
        return Current(release, None, repository, lost=error.cause or error.what)
    except RegistryError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return Current(release, None, repository, lost="the registry has lost it")
    return Current(release, plan, repository)


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
    image = _installed(current, ports)
    if image is None:
        return current.packages, ()
    bootstrap = request.definition.base.bootstrap
    newer = packages.updates(
        image,
        ports.package_archive(),
        bootstrap.components if bootstrap else ("main",),
        bootstrap.mirror if bootstrap else "",
    )
    return packages.state(current.packages, newer), newer


def changed(current: Current | None, inputs: Inputs, newer: Sequence[packages.Update]) -> Reason:
    """The first of: a lost plan, definition, context, base, packages. ``unchanged`` if they are the same."""
    if current is None:
        return Reason(why=Why.NEW)
    if current.plan is None:
        lost = f"the plan of {current.release.version} cannot be read: {current.lost}"
        return Reason(why=Why.PLAN_LOST, detail=lost)
    return _between(current.plan.inputs, inputs, newer)


def _between(before: Inputs, inputs: Inputs, newer: Sequence[packages.Update]) -> Reason:
    if before.definition != inputs.definition or before.platforms != inputs.platforms:
        return Reason(
            why=Why.DEFINITION_CHANGED, old=_short(before.definition), new=_short(inputs.definition)
        )
    if before.context != inputs.context:
        return Reason(why=Why.CONTEXT_CHANGED, old=before.context, new=inputs.context)
    if before.base != inputs.base:
        old = before.base.digest if before.base else ""
        return Reason(why=Why.BASE_CHANGED, old=old, new=inputs.base.digest if inputs.base else "")
    if newer:
        return Reason(
            why=Why.PACKAGE_UPDATE,
            old=newer[0].installed,
            new=newer[0].candidate,
            detail=packages.describe(newer),
        )
    return Reason(why=Why.UNCHANGED)


def _installed(current: Current, ports: Ports) -> packages.Installed | None:
    registry, digest = ports.registry(), current.release.digest
    for referrer in registry.referrers(current.repository, digest, CYCLONEDX):
        if referrer.annotations.get(names.ANNOTATION_STAGE) != "sbom":
            continue
        try:
            return packages.installed(evidence.read(registry, current.repository, digest, referrer.digest))
        except ValueError as error:
            raise IntegrityError(
                f"{current.repository}@{digest}: its SBOM cannot be read", cause=str(error)
            ) from None
    # Without its SBOM nobody knows whether the release is patched: that must not pass for "unchanged".
    raise IntegrityError(
        f"{current.repository}@{digest}: the current release has no SBOM",
        cause="its evidence was removed from the registry",
        remedy="trigger the image with force to build and document it anew",
    )


def _short(value: object) -> str:
    return Digest.of(canonical_json(value)).short
