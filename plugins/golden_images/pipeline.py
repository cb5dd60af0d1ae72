"""THE TABLE: every stage of the pipeline, in order. Adding a stage is one row here and one file.

A row's ``run`` and ``judge`` are plain functions over :mod:`golden_images.ports`; Airflow meets them
only in the operator, and their files are loaded when they are called. README, "Add a stage", walks
through a whole example; what a row may say stands in :mod:`golden_images.rows`. Nothing outside this file
knows a stage by its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from golden_images.core import media
from golden_images.core.definition import Definition, definition_model
from golden_images.core.judging import CONTEXT, TESTS, About, Demand, Evidence, checked
from golden_images.core.policy.read import Table
from golden_images.job import Makes
from golden_images.lazily import lazily
from golden_images.rows import Resolver, Stage
from golden_images.stages import options

with lazily("golden_images.stages"):
    from golden_images.stages import build, gate, lint, promote, release, resolve, sbom, scan, test

#: The fact by which a row says that it checks compliance.
COMPLIANCE = "compliance_score"
BUILD_POOL = "golden_images_build"


def has_dockerfile(definition: Definition) -> bool:
    return definition.base.bootstrap is None


RESOLVE = Resolver(
    name="resolve",
    run=resolve.run,
    ports=("registry", "catalog", "package_archive", "registry_of"),
    timeout_minutes=10,
    colour="#fff4d6",
    doc="looks up digests, makes the build plan and decides whether and why to build",
)

PIPELINE: tuple[Stage, ...] = (
    Stage(
        name="lint",
        run=lint.run,
        needs=("resolve",),
        ports=("registry", "catalog", "linter"),
        options=options.Lint,
        evidence=Evidence((media.SARIF,), lint.judge, About.PLAN, (CONTEXT,), facts=("lint_findings",)),
        applies=has_dockerfile,
        colour="#ede9fe",
        doc="hadolint reads the Dockerfile; SARIF",
    ),
    Stage(
        name="build",
        run=build.run,
        needs=("resolve",),
        ports=("registry", "engine", "catalog", "bootstrapper", "registry_of"),
        makes=Makes.CANDIDATE,
        pool=BUILD_POOL,
        timeout_minutes=120,
        allowed=lambda definition: definition.build.timeout_minutes,
        colour="#dbeafe",
        doc="BuildKit in Docker Engine, or mmdebstrap for a root base; pushes the candidate",
    ),
    Stage(
        name="sbom",
        run=sbom.run,
        needs=("build",),
        ports=("registry", "catalog", "sbom_generator"),
        options=options.Sbom,
        evidence=Evidence(
            (media.CYCLONEDX, media.SPDX),
            sbom.judge,
            # 2: with Debian's source packages, and the operating system in SPDX.
            form=2,
            packages=media.CYCLONEDX,
            facts=("packages",),
        ),
        colour="#ede9fe",
        doc="syft lists what is inside; CycloneDX and SPDX",
    ),
    Stage(
        name="scan",
        run=scan.run,
        needs=("sbom",),
        ports=("registry", "catalog", "scanner"),
        options=options.Scan,
        evidence=Evidence(
            (media.IN_TOTO, media.SARIF, media.CYCLONEDX_VDR),
            scan.judge,
            facts=("vulnerabilities", "vulnerabilities_fixed"),
        ),
        colour="#ede9fe",
        doc="scanners judge the SBOM; in-toto, SARIF and CycloneDX",
    ),
    Stage(
        name="test",
        run=test.run,
        needs=("build",),
        ports=("registry", "catalog", "engine", "test_runner"),
        options=options.Test,
        evidence=Evidence(
            (media.JUNIT,),
            test.judge,
            depends_on=(CONTEXT, TESTS),
            suite=test.suite,
            facts=("tests_passed", "tests_skipped"),
        ),
        timeout_minutes=60,
        owns_containers=True,
        colour="#ede9fe",
        doc="pytest-testinfra in a read-only, networkless container; JUnit",
    ),
    Stage(
        name="gate",
        run=gate.run,
        needs=("lint", "scan", "test"),
        ports=("registry", "catalog"),
        makes=Makes.VERDICT,
        colour="#fde68a",
        doc="judges every piece of evidence about this digest",
    ),
    Stage(
        name="release",
        run=release.run,
        needs=("gate",),
        ports=("registry", "catalog"),
        makes=Makes.RELEASE,
        operator="release:ReleaseOperator",
        colour="#86efac",
        doc="gives the digest its immutable version and wakes the children",
    ),
    Stage(
        name="promote",
        run=promote.run,
        needs=("release",),
        ports=("registry", "catalog"),
        colour="#bbf7d0",
        doc="moves the automatic channels onto the release",
    ),
)

checked({row.name: row.evidence for row in PIPELINE if row.evidence})


def stage(name: str) -> Stage:
    """Raises KeyError for a name that is not in the table."""
    return {row.name: row for row in PIPELINE}[name]


def maker(made: Makes) -> Stage:
    """The stage that makes it."""
    return next(row for row in PIPELINE if row.makes is made)


def makers() -> dict[Makes, str]:
    """The stages' names by what they make."""
    return {row.makes: row.name for row in PIPELINE if row.makes}


def stages_for(definition: Definition) -> tuple[Stage, ...]:
    """The rows that apply to one image, in order."""
    return tuple(row for row in PIPELINE if row.applies(definition))


def before(rows: Sequence[Stage]) -> dict[str, frozenset[str]]:
    """By task, all that must have ended well before it may start, of ``rows`` (in the table's order) and
    resolve. A need that is not among them is replaced by what it needs itself, so that no stage runs
    earlier than in an image with all stages."""
    known: dict[str, frozenset[str]] = {RESOLVE.name: frozenset()}
    for row in rows:
        found: set[str] = set()
        pending = list(row.needs)
        while pending:
            need = pending.pop()
            if need in known:
                found |= {need, *known[need]}
            else:
                pending.extend(stage(need).needs)
        known[row.name] = frozenset(found)
    return known


def knows(name: str, made: Makes) -> bool:
    """Whether what ``made`` names is there when the stage ``name`` starts."""
    return any(row.makes is made and row.name in before(PIPELINE)[name] for row in PIPELINE)


def demands(definition: Definition) -> tuple[Demand, ...]:
    """What the gate wants to see before this image is released."""
    return tuple(
        Demand(row.name, row.evidence, definition.options(row.name))
        for row in stages_for(definition)
        if row.evidence is not None
    )


def pools() -> tuple[str, ...]:
    """The Airflow pools that must exist, as far as the table names them for all images."""
    return tuple(sorted({row.pool for row in (RESOLVE, *PIPELINE) if isinstance(row.pool, str)}))


@cache
def policy_table() -> Table:
    """What a policy may speak of."""
    return Table(
        stages=tuple(row.name for row in PIPELINE if row.evidence),
        options={row.name: row.options for row in PIPELINE if row.options},
        compliance=any(COMPLIANCE in row.evidence.facts for row in PIPELINE if row.evidence),
    )


@cache
def schema() -> type[Definition]:
    """The definition's model with the options of every stage."""
    return definition_model({row.name: row.options for row in PIPELINE if row.options})
