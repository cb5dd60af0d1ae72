"""What the gate wants of each stage, and what a stage's evidence says in the gate's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from golden_images.core.closed import Closed
from golden_images.core.demands import Demands, StageDemand
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.plan import BuildPlan


@dataclass(frozen=True, slots=True)
class Verdict:
    """Passed if there is no problem; each problem is one sentence for people."""

    problems: tuple[str, ...] = ()
    facts: Mapping[str, int] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not self.problems


class Judge(Protocol):
    def __call__(self, options: Closed, reports: Mapping[str, bytes], subject: Digest) -> Verdict:
        """Judges ``reports`` (by artifact type) about ``subject``. Unreadable content and content
        about something else are problems, never a pass."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What the gate wants of one stage."""

    stage: str
    artifact_types: tuple[str, ...]
    judge: Judge
    options: Closed
    #: True if the report also depends on the build context (the Dockerfile), but for the tests.
    reads_context: bool = False
    #: True if the report also depends on the test suite.
    reads_tests: bool = False
    #: True if the report is about the build context alone: it is attached to the plan that holds
    #: the context, because it may be made before there is an image.
    about_context: bool = False

    def fingerprint(self, plan: BuildPlan) -> str:
        """What the report depends on besides the image's digest; other evidence is stale."""
        read = (plan.inputs.context if self.reads_context else "") + (
            plan.demands.tests if self.reads_tests else ""
        )
        return fingerprint(self.stage, self.options, read)


def demanded(demands: Iterable[Demand], tests: str) -> Demands:
    """The plan's form of ``demands``; ``tests`` is the digest of the suite's files."""
    stages = {
        demand.stage: StageDemand(
            options=demand.options.model_dump(mode="json", exclude_defaults=True),
            evidence=tuple(sorted(demand.artifact_types)),
        )
        for demand in demands
    }
    return Demands(stages=stages, tests=tests)


def fingerprint(stage: str, options: Closed, context: str) -> str:
    """16 hex digits over a stage's name, its options and, where it reads them, the context's files."""
    return Digest.of(canonical_json([stage, options.model_dump(mode="json"), context])).hex[:16]
