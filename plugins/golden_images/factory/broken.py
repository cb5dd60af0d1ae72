"""A definition that cannot become a pipeline keeps its DAG, which says why and fails when run."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow.sdk import DAG

from golden_images.core.definition import Definition
from golden_images.core.digest import Digest
from golden_images.core.legible import Legible
from golden_images.core.problem import Problem
from golden_images.factory.image import timetable_of
from golden_images.factory.markdown import escaped, lines
from golden_images.operators.definition import DefinitionOperator
from golden_images.project import Project
from golden_images.runs.failure import FailureTold
from golden_images.scheduling.invalid import InvalidTimetable
from golden_images.scheduling.naming import dag_id

TAG = "golden-image"
INVALID = "invalid"


def broken_dag(name: str, problems: Sequence[Problem], project: Project, told: FailureTold) -> DAG:
    """Shows every problem as ``golden-images check`` prints it, and what can be read all the same."""
    texts = [problem.text(_relative(problem.path, project.root)) for problem in problems]
    count = f"{len(texts)} problems" if len(texts) != 1 else "1 problem"
    return _invalid_dag(
        dag_id(name),
        name,
        f"invalid definition: {count}",
        texts,
        "Mend the file; `golden-images check`",
        project.legible.get(name, Legible()),
        _facts(name, project),
        schedule=InvalidTimetable(
            since=_changed(problems[0].path), mark=Digest.of("\n".join(texts).encode()).hex[:12]
        ),
        on_failure_callback=told,
    )


def failed_dag(known_as: str, name: str, error: Exception) -> DAG:
    """What is sound and could not be made a DAG: a mistake of ours, so with its stack. ``known_as`` is the
    DAG's id."""
    text = "".join(traceback.format_exception(error))
    return _invalid_dag(
        known_as, name, "its DAG could not be made", [text], "Report this; `golden-images check`"
    )


def _invalid_dag(
    known_as: str,
    name: str,
    what: str,
    texts: Sequence[str],
    remedy: str,
    read: Legible = Legible(),  # noqa: B008 - frozen
    facts: Iterable[tuple[str, str]] = (),
    **more: Any,
) -> DAG:
    parts = [f"# {name}"]
    if read.description:
        parts.append(escaped(read.description))
    parts.append(f"**This image is not built: {what}.**")
    parts += [lines(text) for text in texts]
    parts.append(f"{remedy} shows the same.")
    if rows := [f"| **{key}** | {value} |" for key, value in facts]:
        parts.append("\n".join(["| | |", "|---|---|", *rows]))
    doc = "\n\n".join(parts) + "\n"
    owner: dict[str, Any] = {"owner": read.owner} if read.owner else {}
    with DAG(
        known_as,
        description=what,
        catchup=False,
        max_active_runs=1,
        tags={TAG, INVALID, *read.tags},
        doc_md=doc,
        default_args=owner,
        **{"schedule": None} | more,
    ) as dag:
        DefinitionOperator(task_id="definition", text="\n".join(texts), retries=0, doc_md=doc)
    return dag


def _facts(name: str, project: Project) -> list[tuple[str, str]]:
    read = project.legible.get(name, Legible())
    facts = []
    if read.base is not None and read.schedule is not None:
        # Unchecked: of all its fields, a timetable asks for those that were read.
        known = Definition.model_construct(
            schema_=1,
            name=name,
            description=read.description,
            owner=read.owner,
            base=read.base,
            schedule=read.schedule,
        )
        words = timetable_of(known, project.organisation).summary
        facts.append(("Once mended", f"rebuilt {escaped(words)}"))
    if read.owner:
        facts.append(("Owner", escaped(read.owner)))
    if path := project.files.get(name):
        facts.append(("Definition", lines(str(_relative(path, project.root)))))
    return facts


def _changed(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return datetime.fromtimestamp(0, UTC)


def _relative(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path
