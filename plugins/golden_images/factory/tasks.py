"""An image's tasks: resolve, then the table's rows that apply, in the table's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from importlib import import_module
from typing import Any

from airflow.sdk import DAG, TaskGroup

from golden_images.airflow_internals.tasks import TaskPattern
from golden_images.core.definition import Definition
from golden_images.core.organisation import Services
from golden_images.factory.doc import task_doc
from golden_images.factory.encoding import share
from golden_images.job import Makes
from golden_images.operators.resolve import ResolveOperator
from golden_images.pipeline import RESOLVE, before
from golden_images.project import Project
from golden_images.rows import Row, Settings, Stage
from golden_images.scheduling.assets import release_asset

VALIDATE = "validate"

#: Tasks with all that they may differ in: images alike in this have the same tasks but for name, owner
#: and asset.
_Shape = tuple[Services, tuple[tuple[str, Settings], ...]]


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
        services = self._project.organisation.services(definition)
        settings = tuple((row.name, row.settings(definition)) for row in (RESOLVE, *rows))
        shape = services, settings
        first = self._first.get(shape)
        validating = _group(dag) if any(row.evidence for row in rows) else None
        if first is None:
            self._first[shape] = self._make(definition, rows, services, dict(settings), validating)
            return
        if shape not in self._patterns:
            # Not before: a task's start builds one DAG.
            self._patterns[shape] = [share(TaskPattern(task)) for task in first]
        for row, pattern in zip((None, *rows), self._patterns[shape], strict=True):
            _copy(pattern, dag, definition, validating if row and row.evidence else None)

    def _make(
        self,
        definition: Definition,
        rows: Sequence[Stage],
        services: Services,
        settings: Mapping[str, Settings],
        validating: TaskGroup | None,
    ) -> list[Any]:
        tasks: dict[str, Any] = {}
        needs = before(rows)
        for row in (RESOLVE, *rows):
            group = validating if isinstance(row, Stage) and row.evidence else None
            with group or nullcontext():
                task = self._task(row, definition, services, settings[row.name])
            tasks[row.name] = task
            earlier = needs[row.name]
            implied = {one for need in earlier for one in needs[need]}
            for need in sorted(earlier - implied):
                tasks[need] >> task
        return list(tasks.values())

    def _task(self, row: Row, definition: Definition, services: Services, settings: Settings) -> Any:
        fields: dict[str, Any] = {
            "task_id": row.name,
            "image": definition.name,
            "project": str(self._project.root),
            "services": services,
            "colour": row.colour,
            "owns_containers": row.owns_containers,
            "execution_timeout": settings.timeout,
            "doc_md": task_doc(row),
        }
        place = (("pool", settings.pool), ("queue", settings.queue))
        fields |= {key: value for key, value in place if value}
        if isinstance(row, Stage):
            outlets = _outlets(row, definition)
            return _operator(row)(stage=row.name, outlets=outlets, **fields)
        return ResolveOperator(**fields)


def _group(dag: DAG) -> TaskGroup:
    """The box in which Airflow's graph shows the stages that make evidence; ids of tasks are as without."""
    return TaskGroup(
        VALIDATE,
        prefix_group_id=False,
        dag=dag,
        parent_group=dag.task_group,
        tooltip="what is found out about the image, for the gate",
    )


def _copy(pattern: TaskPattern, dag: DAG, definition: Definition, group: TaskGroup | None) -> None:
    outlets = [release_asset(definition.name)] if pattern.task.outlets else []
    made = pattern.copy({"image": definition.name, "owner": definition.owner, "outlets": outlets})
    if group is not None:
        group.add(made)
    dag.add_task(made)


def _outlets(row: Stage, definition: Definition) -> list[Any]:
    return [release_asset(definition.name)] if row.makes is Makes.RELEASE else []


def _operator(row: Stage) -> Any:
    module, _, name = row.operator.partition(":")
    return getattr(import_module(f"golden_images.operators.{module}"), name)
