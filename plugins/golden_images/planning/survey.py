"""What a backfill finds and would build, before anybody starts it. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from http import HTTPStatus

from golden_images.core.definition import Definition
from golden_images.core.plan import BuildPlan
from golden_images.core.reason import Reason, Why
from golden_images.core.release import BaseVersion, Release
from golden_images.errors import InputError, IntegrityError, RegistryError, StageFailed
from golden_images.planning import bases, past, stage_bases
from golden_images.planning.request import Request, plan_of
from golden_images.ports import Ports


class Prospect(StrEnum):
    #: A run would build it.
    BUILD = "build"
    #: A release stands on it already; a run would recognise it.
    EXISTS = "exists"
    #: Its registry no longer has the digest; a run fails at once.
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Past:
    """One past base version; ``version`` is the release's, that exists or that would be made."""

    base: BaseVersion
    prospect: Prospect
    version: str = ""
    #: For :attr:`Prospect.GONE`, which registry said so.
    detail: str = ""


def ledger_of(definition: Definition) -> str:
    """The ledger's name of the base. Raises InputError for an image that has none to go back to."""
    base = definition.base
    if base.pinned is not None:
        raise InputError(
            f"{definition.name} cannot be backfilled",
            cause=f"its base is pinned by digest: {base.reference}",
            remedy="name the base by its tag alone, whose past versions the ledger keeps",
        )
    if base.bootstrap is not None:
        raise InputError(
            f"{definition.name} cannot be backfilled",
            cause="it is bootstrapped from its distribution's archive: it has no base with past versions",
            remedy="backfill the images built on it; to build it again, trigger it with force",
        )
    return base.ledger


def survey(request: Request, versions: Iterable[BaseVersion], ports: Ports) -> Iterator[Past]:
    """Each of ``versions`` in turn, as a backfill of ``request``'s image would find it. The context is
    read once, and the catalog is asked once.

    Raises what :func:`golden_images.stages.resolve.decide` raises, but not for a base that is gone.
    """
    found: list[tuple[BaseVersion, BuildPlan | StageFailed]] = []
    stages = stage_bases.pins(request, ports)
    for version in versions:
        one = replace(request, backfill=True, base_digest=version.digest, date=version.at)
        try:
            base = bases.pin(one, ports, listed=True)
        except StageFailed as error:
            found.append((version, error))
            continue
        found.append(
            (version, plan_of(one, base, Reason(why=Why.BACKFILL, new=version.digest), stages=stages))
        )
    built = released(request, [plan for _, plan in found if isinstance(plan, BuildPlan)], ports)
    for version, plan in found:
        if not isinstance(plan, BuildPlan):
            yield Past(version, Prospect.GONE, detail=plan.cause)
        elif plan.build_id in built:
            yield Past(version, Prospect.EXISTS, built[plan.build_id].version)
        else:
            yield Past(version, Prospect.BUILD, plan.version)


def released(request: Request, plans: Sequence[BuildPlan], ports: Ports) -> dict[str, Release]:
    """By the plan's build id, the release that stands for it, however it came about: of this very
    build, or of the same definition, context and platforms on the same base."""
    catalog, image = ports.catalog(), request.definition.name
    wanted = {plan.build_id: plan.inputs for plan in plans if plan.inputs.base is not None}
    if not wanted:
        return {}
    found = catalog.releases_of_builds(image, list(wanted))
    on: dict[str, list[Release]] = {}
    for release in catalog.releases_on(
        image, [inputs.base.digest for inputs in wanted.values() if inputs.base]
    ):
        on.setdefault(release.base_digest, []).append(release)
    for build_id, inputs in wanted.items():
        assert inputs.base is not None
        candidates = [] if build_id in found else on.get(inputs.base.digest, [])
        for release in candidates:
            if (release.source_id or _source_id(request, release, ports)) == inputs.source_id:
                found[build_id] = release
                break
    return found


def _source_id(request: Request, release: Release, ports: Ports) -> str:
    """Of a release that a version before recorded without; empty if its plan cannot be read."""
    try:
        return past.read_plan(request, release.plan, ports.registry()).inputs.source_id
    except IntegrityError:
        return ""
    except RegistryError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return ""
