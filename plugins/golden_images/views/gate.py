"""Releases that stand, judged by the rules of now: nothing is run, nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from golden_images import jobs
from golden_images.core.digest import Digest
from golden_images.core.policy import read
from golden_images.core.policy.demand import PolicyDemand
from golden_images.core.policy.read import Sound
from golden_images.core.policy.verdict import RuleOutcome
from golden_images.core.release import Release
from golden_images.core.waivers.model import Terms
from golden_images.errors import DefinitionError, GoldenImagesError
from golden_images.evidence.ruling import rule
from golden_images.evidence.store import Witnesses
from golden_images.job import Makes
from golden_images.pipeline import maker, policy_table
from golden_images.ports import Ports
from golden_images.project import Project
from golden_images.rulebook import demand, policy_of, waivers_of

#: Releases that are judged at a time: what takes time is the registry.
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Rules:
    """``policy`` is None where only the stages themselves judge."""

    policy: PolicyDemand | None
    waivers: tuple[Terms, ...]


@dataclass(frozen=True, slots=True)
class GateView:
    """``policy`` is None where only the stages judge. ``problems`` are all that keep it from passing;
    ``to_do`` mends the rules among them, what matters most first."""

    image: str
    version: str
    digest: Digest
    policy: str | None
    passed: bool
    problems: tuple[str, ...]
    rules: tuple[RuleOutcome, ...]
    to_do: tuple[str, ...]


def rules_of(project: Project, policy: Sound | None, now: datetime) -> Callable[[str], Rules]:
    """The rules of now for an image, by name; ``policy`` in place of the one that holds for it.

    What it gives raises DefinitionError for rules that are broken; an image whose definition is gone or
    broken is judged by the organisation's default policy.
    """

    def of(image: str) -> Rules:
        definition = project.definitions.get(image)
        if policy is None:
            asked = policy_of(project, definition)
        else:
            asked = demand(policy.with_(definition.policy if definition else None))
        return Rules(asked, waivers_of(project, image, now))

    return of


def from_file(path: Path) -> Sound:
    """A policy from any file. Raises DefinitionError with everything that is wrong with it."""
    found = read.file(path, policy_table())
    if not isinstance(found, Sound):
        raise DefinitionError(found)
    return found


def judged(
    project: Project, release: Release, rules: Rules, ports: Ports, now: datetime, log: Callable[[str], None]
) -> GateView:
    """``release`` by ``rules`` and by its stored evidence. What keeps it from being judged is a problem; only
    a service that does not answer raises."""
    # Of the demands that it met last: the evidence about it was made by them.
    met = ports.catalog().judgements(release.image, release.digest)
    asked = replace(release, plan=met[0].plan) if met else release
    try:
        job = jobs.from_release(
            project.organisation,
            asked,
            ports.registry(),
            stage=maker(Makes.RELEASE).name,
            owner="",
            log=log,
        )
    except GoldenImagesError as error:
        if error.retryable:
            raise
        return _view(release, rules, (f"{error.what}{error.cause and f': {error.cause}'}",), (), ())
    demands = job.plan.demands.model_copy(
        update={"policy": rules.policy, "waivers": {one.key: one.asked() for one in rules.waivers}}
    )
    job = replace(job, plan=job.plan.model_copy(update={"demands": demands}))
    witnesses = Witnesses.of(job, ports)
    ruling = rule(job, witnesses, witnesses.snapshot(release.digest), now)
    verdict = ruling.policy
    return _view(
        release, rules, ruling.problems, verdict.rules if verdict else (), verdict.to_do() if verdict else ()
    )


def judged_all(
    project: Project,
    of: Callable[[str], Rules],
    ports: Ports,
    now: datetime,
    log: Callable[[str], None],
) -> tuple[GateView, ...]:
    """Every current release of an image with a definition, in the order of the bases."""
    current = ports.catalog().currents(project.graph.order)
    releases = [current[name] for name in project.graph.order if name in current]
    # First, and here: rules that are broken are told once.
    rules = {one.image: of(one.image) for one in releases}
    with ThreadPoolExecutor(_AT_ONCE, "gate") as pool:
        return tuple(pool.map(lambda one: judged(project, one, rules[one.image], ports, now, log), releases))


def _view(
    release: Release,
    rules: Rules,
    problems: Sequence[str],
    outcomes: Sequence[RuleOutcome],
    to_do: Iterable[str],
) -> GateView:
    return GateView(
        image=release.image,
        version=release.version,
        digest=release.digest,
        policy=rules.policy.name if rules.policy else None,
        passed=not problems,
        problems=tuple(problems),
        rules=tuple(outcomes),
        to_do=tuple(to_do),
    )
