"""What a run would do now, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from golden_images.core.digest import Digest
from golden_images.core.plan import BasePin, BuildPlan
from golden_images.core.reason import Reason
from golden_images.core.release import Release
from golden_images.evidence.freshness import stale
from golden_images.evidence.snapshot import Snapshot
from golden_images.pipeline import RESOLVE, demands, stages_for
from golden_images.planning.request import Request
from golden_images.ports import Catalog, Log, Ports
from golden_images.project import Project
from golden_images.rulebook import policy_of, waivers_of
from golden_images.stages.resolve import decide


@dataclass(frozen=True, slots=True)
class PlanView:
    """``judges`` is the version of the release that is judged anew, where nothing is built, and ``stands``
    are the stages whose evidence about it holds and is not made again; ``version`` is that of the release
    which a build would make."""

    image: str
    builds: bool
    judges: str | None
    reason: Reason
    version: str | None
    build_id: str
    base: BasePin | None
    #: What the build stages of its Dockerfile begin with.
    stage_bases: tuple[BasePin, ...]
    context: str | None
    demands: Digest
    #: By name; None where only the stages themselves judge.
    policy: str | None
    #: Those that count for the image, by what they are about.
    waivers: tuple[str, ...]
    platforms: tuple[str, ...]
    args: Mapping[str, str]
    stages: tuple[str, ...]
    stands: tuple[str, ...]
    automatic_channels: tuple[str, ...]


def request(project: Project, name: str, run_id: str, now: datetime, log: Log) -> Request:
    """What a run of ``name`` would be asked for at ``now``. Raises DefinitionError if its definition is
    broken, UsageError if there is none."""
    definition = project.definition(name)
    return Request(
        organisation=project.organisation,
        definition=definition,
        contexts=project.contexts,
        run_id=run_id,
        now=now,
        date=now,
        log=log,
        demands=demands(definition),
        policy=policy_of(project, definition),
        waivers=waivers_of(project, name, now),
    )


def plan(asked: Request, ports: Ports) -> PlanView:
    """Writes nothing. Raises what :func:`golden_images.stages.resolve.decide` raises."""
    resolution = decide(asked, ports)
    made, inputs, why = resolution.plan, resolution.plan.inputs, resolution.reason.why
    judged = resolution.existing if made.judges else None
    stages = tuple(stage.name for stage in stages_for(asked.definition)) if why.runs else ()
    return PlanView(
        image=inputs.image,
        builds=why.builds,
        judges=judged.version if judged else None,
        reason=resolution.reason,
        version=made.version if why.builds else None,
        build_id=made.build_id,
        base=inputs.base,
        stage_bases=inputs.stages,
        context=inputs.context or None,
        demands=made.demands.digest,
        policy=made.demands.policy.name if made.demands.policy else None,
        waivers=tuple(made.demands.waivers),
        platforms=inputs.platforms,
        args=asked.definition.build.args,
        stages=(RESOLVE.name, *stages),
        stands=_stands(asked, judged, made, ports.catalog()) if judged else (),
        automatic_channels=made.automatic_channels if why.builds else (),
    )


def _stands(asked: Request, release: Release, made: BuildPlan, catalog: Catalog) -> tuple[str, ...]:
    known = Snapshot(release.digest, tuple(catalog.evidence(release.image, release.digest)))
    short = {one.stage for one in catalog.shortfalls([release.image]).get(release.image, ())}
    found = []
    for demand in asked.demands:
        attempt = known.current(demand.stage, demand.fingerprint(made), demand.evidence.kinds)
        # What does not pass is made again.
        if attempt and not stale(demand, attempt, asked.now) and demand.stage not in short:
            found.append(demand.stage)
    return tuple(found)
