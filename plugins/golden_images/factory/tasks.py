"""An image's tasks: resolve, then the table's rows that apply, in the table's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from importlib import import_module
from typing import Any

from airflow.sdk import DAG

from golden_images.airflow_internals.tasks import TaskPattern
from golden_images.core.definition import Definition
from golden_images.factory.doc import task_doc
from golden_images.factory.encoding import share
from golden_images.operators.resolve import ResolveOperator
from golden_images.operators.stage import BUILD, RESOLVE
from golden_images.pipeline import Stage, stage
from golden_images.project import Project
from golden_images.scheduling.assets import release_asset

#: The stage whose success is a release.
RELEASE = "release"
#: A task's limit beyond what its definition allows the tool: pulling, pushing, cleaning up.
_MARGIN = timedelta(minutes=15)
_RESOLVE_TIMEOUT = timedelta(minutes=10)

#: Stages with their limits: images alike in this have the same tasks but for name, owner and asset.
_Shape = tuple[tuple[str, timedelta], ...]


class ImageTasks:
    """Makes the tasks of one project's images.

    Airflow takes a fourth of a millisecond for an operator's arguments, and images differ in few of
    them. So the first image of each shape gets its tasks the ordinary way, and the others get copies,
    which are encoded by copying, too (:mod:`golden_images.factory.encoding`).
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._first: dict[_Shape, list[Any]] = {}
        self._patterns: dict[_Shape, list[TaskPattern]] = {}

    def add(self, dag: DAG, definition: Definition, rows: Sequence[Stage]) -> None:
        """``dag`` must be the current one, with the default arguments of every other image's."""
        shape = tuple((row.name, _timeout(row, definition)) for row in rows)
        first = self._first.get(shape)
        if first is None:
            self._first[shape] = self._make(definition, rows)
            return
        if shape not in self._patterns:
            # Not before: a task's start builds one DAG.
            self._patterns[shape] = [share(TaskPattern(task)) for task in first]
        for pattern in self._patterns[shape]:
            _copy(pattern, dag, definition)

    def _make(self, definition: Definition, rows: Sequence[Stage]) -> list[Any]:
        common: dict[str, Any] = {"image": definition.name, "project": str(self._project.root)}
        tasks: dict[str, Any] = {
            RESOLVE: ResolveOperator(
                task_id=RESOLVE, execution_timeout=_RESOLVE_TIMEOUT, doc_md=task_doc(RESOLVE), **common
            )
        }
        ancestors: dict[str, set[str]] = {RESOLVE: set()}
        for row in rows:
            needs = _needs(row, ancestors)
            ancestors[row.name] = {*needs, *(one for need in needs for one in ancestors[need])}
            tasks[row.name] = _operator(row)(
                task_id=row.name,
                stage=row.name,
                after_build=BUILD in ancestors[row.name],
                execution_timeout=_timeout(row, definition),
                doc_md=task_doc(row.name, row),
                outlets=_outlets(row.name, definition),
                **common,
                **_place(row),
            )
            for need in needs:
                tasks[need] >> tasks[row.name]
        return list(tasks.values())


def _copy(pattern: TaskPattern, dag: DAG, definition: Definition) -> None:
    outlets = _outlets(pattern.task.task_id, definition)
    dag.add_task(pattern.copy({"image": definition.name, "owner": definition.owner, "outlets": outlets}))


def _outlets(task_id: str, definition: Definition) -> list[Any]:
    return [release_asset(definition.name)] if task_id == RELEASE else []


def _needs(row: Stage, ancestors: Mapping[str, set[str]]) -> list[str]:
    """The tasks that come right before ``row``. A need that does not apply to the image is replaced
    by what it needs itself, so that no stage runs earlier than in an image with all stages."""
    found: set[str] = set()
    pending = list(row.needs)
    while pending:
        need = pending.pop()
        if need in ancestors:
            found.add(need)
        else:
            pending.extend(stage(need).needs)
    implied = {one for need in found for one in ancestors[need]}
    return sorted(found - implied)


def _operator(row: Stage) -> Any:
    module, _, name = row.operator.partition(":")
    return getattr(import_module(f"golden_images.operators.{module}"), name)


def _place(row: Stage) -> dict[str, str]:
    """Pool and queue; Airflow's defaults where the table names none."""
    return {key: value for key, value in (("pool", row.pool), ("queue", row.queue)) if value}


def _timeout(row: Stage, definition: Definition) -> timedelta:
    """The table's limit, or more where the definition allows the stage's own work more."""
    allowed = definition.build.timeout_minutes if row.name == BUILD else 0
    if row.options is not None:
        allowed = getattr(definition.options(row.name), "timeout_minutes", allowed)
    return max(timedelta(minutes=row.timeout_minutes), timedelta(minutes=allowed) + _MARGIN)
