"""What the gate wants of each stage, and what a stage's evidence says in the gate's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Protocol, TypeVar

from golden_images.core.closed import Closed
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.role import Role

if TYPE_CHECKING:
    # The table's rows are made of this in every DAG file, and judge nothing there.
    from golden_images.core.demands import Demands
    from golden_images.core.findings import Finding
    from golden_images.core.organisation import Organisation
    from golden_images.core.plan import BuildPlan
    from golden_images.core.policy.demand import PolicyDemand
    from golden_images.core.policy.input import Seen
    from golden_images.core.waivers.model import Terms

if TYPE_CHECKING:
    from golden_images.core.advisories import AdvisoryDatabase

OptionsT = TypeVar("OptionsT", bound=Closed)


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known where evidence is judged, besides the reports."""

    #: The digest by which the catalog knows the current report that lists the packages; None: there is none.
    packages: Digest | None = None
    #: A database of advisories, if the catalog knows it.
    database: Callable[[Digest], AdvisoryDatabase | None] = lambda _: None


ALONE = Beside()


@dataclass(frozen=True, slots=True)
class Case:
    """What a judge has before it besides the reports: the context of its judgement."""

    #: What the reports have to be about.
    subject: Digest
    now: datetime
    organisation: Organisation
    #: The stage's own, by the definition: :meth:`options` has their type.
    given: Closed
    beside: Beside = ALONE

    def options(self, model: type[OptionsT]) -> OptionsT:
        """Raises TypeError if the table names other options for the stage."""
        if not isinstance(self.given, model):
            raise TypeError(f"{model.__qualname__}: the table names other options for this stage")
        return self.given


def _nothing() -> Seen:
    from golden_images.core.policy.input import Seen

    return Seen()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says. Passed if there is no problem and no finding that fails."""

    #: What is no finding: a report that is unreadable, missing or about something else. A sentence each.
    problems: tuple[str, ...] = ()
    #: Findings that keep the image from passing.
    failing: tuple[Finding, ...] = ()
    #: Findings that do not.
    allowed: tuple[Finding, ...] = ()
    #: Numbers for people and the release record, by the names that the table's row has for them.
    facts: Mapping[str, int] = field(default_factory=dict)
    #: It all in a few words: ``3 of 40 tests failed``.
    summary: str = ""
    #: What the policy is told of it, which judges what the stage alone cannot.
    seen: Seen = field(default_factory=_nothing)

    @property
    def passed(self) -> bool:
        return not self.problems and not self.failing

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (*self.failing, *self.allowed)

    def told(self, most: int = 20) -> tuple[str, ...]:
        """Why it is no pass, a line each; beyond ``most`` lines only how many more there are."""
        lines = (*self.problems, *map(str, self.failing))
        return lines if len(lines) <= most else (*lines[:most], f"and {len(lines) - most} more")


class Judge(Protocol):
    def __call__(self, case: Case, reports: Mapping[str, bytes]) -> Verdict:
        """Judges ``reports`` (by artifact type) about ``case.subject``. Content about something else is
        a problem, never a pass. May raise what parsers raise: that is a problem, too."""


class About(Enum):
    """What a stage's reports are about."""

    IMAGE = "the image, by its digest"
    PLATFORMS = "each platform's image"
    PLAN = "the build plan with its context: made before there is an image, bound to it by the gate"


#: What a report depends on besides what it is about, read from the plan. The digest of a scanner's
#: database will be one, where the plan or its demands name it.
Dependency = Callable[["BuildPlan"], str]


def CONTEXT(plan: BuildPlan) -> str:  # noqa: N802 - a value of the table
    """The files that make the image."""
    return plan.inputs.context


def TESTS(plan: BuildPlan) -> str:  # noqa: N802 - a value of the table
    """The files that test it, which are no part of what the engine is sent."""
    return plan.demands.tests


@dataclass(frozen=True, slots=True)
class Evidence:
    """A row's evidence: the reports that the gate demands of it, and who judges them."""

    #: Artifact types; every try makes all of them.
    kinds: tuple[str, ...]
    judge: Judge
    about: About = About.IMAGE
    #: Reports made when these were others are stale.
    depends_on: tuple[Dependency, ...] = ()
    #: Raised when the reports have to say more than before: one of an older form is stale. Nothing is
    #: built or judged for it; whatever is judged next gets its reports anew.
    form: int = 1
    #: The one of ``kinds`` that lists the packages which a night compares with the archive's; empty: none.
    packages: str = ""
    #: The folder of the context that is this stage's alone, by its options: no build is sent it.
    suite: Callable[[Closed], str] | None = None
    #: How long a report holds; None: for ever.
    holds: timedelta | None = None
    #: Names of the facts that its verdicts give; no two rows give one of the same name.
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Demand:
    """What the gate wants of one stage."""

    stage: str
    evidence: Evidence
    options: Closed

    @property
    def suite(self) -> str:
        """The folder of the context that the stage alone reads; empty if it reads none."""
        return self.evidence.suite(self.options) if self.evidence.suite else ""

    def fingerprint(self, plan: BuildPlan) -> str:
        """What the reports depend on besides the digest of their subject, as 16 hex digits: the stage's
        name, its options, the row's dependencies and form. Evidence with another one is stale."""
        read: list[str | int] = [dependency(plan) for dependency in self.evidence.depends_on]
        read += [self.evidence.form] if self.evidence.form > 1 else []
        return Digest.of(canonical_json([self.stage, self.options.model_dump(mode="json"), read])).hex[:16]

    def verdict(
        self,
        reports: Mapping[str, bytes],
        subject: Digest,
        now: datetime,
        organisation: Organisation,
        beside: Beside = ALONE,
    ) -> Verdict:
        """The judge's. A report that it cannot read is a problem, whatever its parser raises.

        Raises TypeError for a fact that the row does not name: a mistake in the stage.
        """
        try:
            verdict = self.evidence.judge(Case(subject, now, organisation, self.options, beside), reports)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            cause = f"{type(error).__name__}: {error}"[:200]
            return Verdict(problems=(f"the {self.stage} report cannot be read ({cause})",))
        if unnamed := sorted(set(verdict.facts) - set(self.evidence.facts)):
            raise TypeError(f"{self.stage}: its row names no fact {', '.join(unnamed)}")
        return verdict


#: Facts of a release that no stage's evidence gives.
RESERVED = ("size_bytes",)


def checked(evidence: Mapping[str, Evidence]) -> None:
    """Of the table's rows, by stage. Raises ValueError for a fact that two stages give, or that is
    ``RESERVED``, and for a name under which reports would be taken for records of ours."""
    givers = dict.fromkeys(RESERVED, "the release")
    for stage, row in evidence.items():
        if stage in set(Role):
            raise ValueError(f"a stage with evidence is not called {stage}: records are stored by this name")
        for fact in row.facts:
            if fact in givers:
                raise ValueError(f"the fact {fact!r} of {stage} is one of {givers[fact]} already")
            givers[fact] = stage


def suite_of(demands: Iterable[Demand]) -> str:
    """The folder of tests, which no build is sent; empty where no stage reads one."""
    return next((demand.suite for demand in demands if demand.suite), "")


def demanded(
    demands: Iterable[Demand],
    tests: str,
    policy: PolicyDemand | None = None,
    waivers: Iterable[Terms] = (),
) -> Demands:
    """The plan's form of ``demands``; ``tests`` is the digest of the suite's files."""
    from golden_images.core.demands import Demands, StageDemand

    stages = {
        demand.stage: StageDemand(
            options=demand.options.model_dump(mode="json", exclude_defaults=True),
            evidence=tuple(sorted(demand.evidence.kinds)),
        )
        for demand in demands
    }
    held = {one.key: one.asked() for one in waivers}
    return Demands(stages=stages, tests=tests, policy=policy, waivers=held)
