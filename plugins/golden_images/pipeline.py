"""THE TABLE: every stage of the pipeline, in order. Adding a stage is one row here and one file.

A row's ``run`` and ``judge`` are plain functions over :mod:`golden_images.ports`; Airflow meets them
only in the operator. README, "Add a stage", walks through a whole example.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from golden_images.core import media
from golden_images.core.closed import Closed
from golden_images.core.definition import Definition, definition_model
from golden_images.core.judging import CONTEXT, TESTS, About, Demand, Evidence, checked
from golden_images.evidence import judgement as standing
from golden_images.job import Job, Report
from golden_images.ports import Ports
from golden_images.stages import build, gate, lint, promote, release, sbom, test

BUILD_POOL = "golden_images_build"


def always(_: Definition) -> bool:
    return True


def has_dockerfile(definition: Definition) -> bool:
    return definition.base.bootstrap is None


@dataclass(frozen=True, slots=True)
class Stage:
    """One row. ``needs`` names earlier rows; a need that does not apply to an image is left out."""

    name: str
    run: Callable[[Job, Ports], Report]
    needs: tuple[str, ...]
    #: Options a definition may give below ``stages.<name>``; None: the stage has none.
    options: type[Closed] | None = None
    #: ``module:class`` below golden_images.operators, imported by the factory only.
    operator: str = "stage:StageOperator"
    #: The reports that the gate demands; None: the stage makes none.
    evidence: Evidence | None = None
    applies: Callable[[Definition], bool] = always
    pool: str | None = None
    queue: str | None = None
    timeout_minutes: int = 30
    #: One line for the DAG's page.
    doc: str = ""

    def perform(self, job: Job, ports: Ports) -> Report:
        """Runs the stage; of a release that is only judged, what it falls short of is written down."""
        return standing.perform(self.name, self.run, job, ports)


PIPELINE: tuple[Stage, ...] = (
    Stage(
        "lint",
        lint.run,
        needs=("resolve",),
        options=lint.Options,
        operator="lint:LintOperator",
        evidence=Evidence((media.SARIF,), lint.judge, About.PLAN, (CONTEXT,), facts=("lint_findings",)),
        applies=has_dockerfile,
        doc="hadolint reads the Dockerfile; SARIF",
    ),
    Stage(
        "build",
        build.run,
        needs=("resolve",),
        operator="build:BuildOperator",
        pool=BUILD_POOL,
        timeout_minutes=120,
        doc="BuildKit in Docker Engine, or mmdebstrap for a root base; pushes the candidate",
    ),
    Stage(
        "sbom",
        sbom.run,
        needs=("build",),
        options=sbom.Options,
        operator="sbom:SbomOperator",
        evidence=Evidence((media.CYCLONEDX, media.SPDX), sbom.judge, facts=("packages",)),
        doc="syft lists what is inside; CycloneDX and SPDX",
    ),
    Stage(
        "test",
        test.run,
        needs=("build",),
        options=test.Options,
        operator="test:TestOperator",
        evidence=Evidence(
            (media.JUNIT,),
            test.judge,
            depends_on=(CONTEXT, TESTS),
            facts=("tests_passed", "tests_skipped"),
        ),
        timeout_minutes=60,
        doc="pytest-testinfra in a read-only, networkless container; JUnit",
    ),
    Stage(
        "gate",
        gate.run,
        needs=("lint", "sbom", "test"),
        operator="gate:GateOperator",
        doc="judges every piece of evidence about this digest",
    ),
    Stage(
        "release",
        release.run,
        needs=("gate",),
        operator="release:ReleaseOperator",
        doc="gives the digest its immutable version and wakes the children",
    ),
    Stage(
        "promote",
        promote.run,
        needs=("release",),
        operator="promote:PromoteOperator",
        doc="moves the automatic channels onto the release",
    ),
)

checked({row.name: row.evidence for row in PIPELINE if row.evidence}, release.FACTS)


def stage(name: str) -> Stage:
    """Raises KeyError for a name that is not in the table."""
    return {row.name: row for row in PIPELINE}[name]


def stages_for(definition: Definition) -> tuple[Stage, ...]:
    """The rows that apply to one image, in order."""
    return tuple(row for row in PIPELINE if row.applies(definition))


def demands(definition: Definition) -> tuple[Demand, ...]:
    """What the gate wants to see before this image is released."""
    return tuple(
        Demand(row.name, row.evidence, definition.options(row.name))
        for row in stages_for(definition)
        if row.evidence is not None
    )


def pools() -> tuple[str, ...]:
    """The Airflow pools that must exist."""
    return tuple(sorted({row.pool for row in PIPELINE if row.pool}))


@cache
def schema() -> type[Definition]:
    """The definition's model with the options of every stage."""
    return definition_model({row.name: row.options for row in PIPELINE if row.options})
