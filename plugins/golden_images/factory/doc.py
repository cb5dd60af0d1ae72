"""The DAG's page and the tasks' notes, rendered from the definition for people."""

from __future__ import annotations

from collections.abc import Sequence

from golden_images.core.definition import Definition
from golden_images.factory.markdown import code, escaped
from golden_images.pipeline import RESOLVE
from golden_images.project import CONTEXTS, IMAGES, Project
from golden_images.rows import Row, Stage
from golden_images.scheduling.naming import dag_id


def dag_doc(definition: Definition, project: Project, rows: Sequence[Stage], schedule: str) -> str:
    organisation = project.organisation
    name = definition.name
    automatic = organisation.automatic_channels(definition)
    channels = ", ".join(
        f"**{channel.name}** (automatic)" if channel.name in automatic else channel.name
        for channel in organisation.channels
    )
    facts = [
        ("Base", _base(definition)),
        ("Repository", f"`{organisation.repository(name)}`"),
        ("Platforms", ", ".join(definition.build.platforms)),
        ("Rebuilt", schedule),
        ("Channels", channels or "none"),
        ("Owner", escaped(definition.owner)),
        ("Definition", f"`{IMAGES / f'{name}.yaml'}`"),
    ]
    if definition.base.bootstrap is None:
        facts.insert(-1, ("Context", f"`{CONTEXTS / definition.context}`"))
    return "\n".join(
        [
            f"# {name}",
            "",
            escaped(definition.description),
            "",
            "| | |",
            "|---|---|",
            *(f"| **{key}** | {value} |" for key, value in facts),
            "",
            "## Stages",
            "",
            *(f"1. **{row.name}**: {row.doc}" for row in (RESOLVE, *rows)),
            "",
            "## Run it",
            "",
            *_usage(definition),
            "",
        ]
    )


def task_doc(row: Row) -> str:
    lines = [f"**{row.name}**: {row.doc}"]
    if isinstance(row, Stage) and row.evidence:
        kinds = ", ".join(f"`{kind}`" for kind in row.evidence.kinds)
        lines.append(f"Evidence for the gate, attached to the digest: {kinds}")
    return "\n\n".join(lines)


def _base(definition: Definition) -> str:
    base = definition.base
    if base.image:
        return f"[{base.image}](/dags/{dag_id(base.image)}), another image of this project"
    if base.reference:
        return f"`{base.reference}`"
    assert base.bootstrap is not None
    bootstrap = base.bootstrap
    return f"none: made from {bootstrap.distribution}'s archive, {bootstrap.suite} ({bootstrap.variant})"


def _usage(definition: Definition) -> list[str]:
    name = dag_id(definition.name)
    lines = [
        "**Trigger** starts a run that builds if something has changed, and says `unchanged` if not; "
        "tick *Force* to build anyway. On a command line:",
        "",
        code(f'airflow dags trigger {name} --conf \'{{"reason": "…", "force": true}}\''),
        "",
        code(f"golden-images plan {definition.name}"),
    ]
    if definition.base.bootstrap is None:
        lines += [
            "",
            "**Backfill** builds once on every version that the base had in a time window. It moves no "
            "channel and wakes no children, unless *Cascade* asks for them:",
            "",
            code(f"golden-images backfill {definition.name} --from 2026-01-01 --to 2026-02-01 --dry-run"),
            "",
            code(f"airflow backfill create --dag-id {name} --from-date 2026-01-01 --to-date 2026-02-01"),
        ]
    return lines
