"""A sound definition as a DAG: resolve, then the table's rows that apply."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from importlib import import_module
from typing import Any

from airflow.sdk import DAG

from golden_images.core.definition import Definition
from golden_images.factory.doc import dag_doc, task_doc
from golden_images.factory.naming import dag_id
from golden_images.factory.params import params
from golden_images.operators.resolve import ResolveOperator
from golden_images.operators.stage import BUILD, RESOLVE
from golden_images.pipeline import Stage, stage, stages_for
from golden_images.project import Project
from golden_images.scheduling.assets import base_asset, release_asset
from golden_images.scheduling.timetable import GoldenImageTimetable

TAG = "golden-image"
#: The stage whose success is a release.
RELEASE = "release"
#: A task's limit beyond what its definition allows the tool: pulling, pushing, cleaning up.
_MARGIN = timedelta(minutes=15)
_RESOLVE_TIMEOUT = timedelta(minutes=10)
_LONGEST_RETRY_DELAY = timedelta(minutes=10)


def image_dag(definition: Definition, project: Project) -> DAG:
    organisation = project.organisation
    timetable = GoldenImageTimetable(
        base=definition.base.ledger,
        catalog=organisation.catalog.connection,
        asset=base_asset(definition),
        nightly=organisation.nightly(definition),
        timezone=organisation.timezone(definition),
    )
    rows = stages_for(definition)
    with DAG(
        dag_id(definition.name),
        description=definition.description,
        schedule=timetable,
        catchup=False,
        max_active_runs=1,
        tags={TAG, *definition.tags},
        doc_md=dag_doc(definition, project, rows, timetable.summary),
        default_args={
            "owner": definition.owner,
            "retries": organisation.defaults.retries,
            "retry_delay": timedelta(seconds=organisation.defaults.retry_delay_seconds),
            "retry_exponential_backoff": 2,
            "max_retry_delay": _LONGEST_RETRY_DELAY,
        },
    ) as dag:
        common: dict[str, Any] = {"image": definition.name, "project": str(project.root)}
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
                **common,
                **_place(row),
                **({"outlets": [release_asset(definition.name)]} if row.name == RELEASE else {}),
            )
            for need in needs:
                tasks[need] >> tasks[row.name]
    # Last, and past Airflow's setter. A DAG that has params gives each task copies of its own, one for
    # each level of the task's class, and serialises them; the setter checks every DAG's anew. Both
    # together took most of a DAG file's time. A run reads its DAG's params.
    object.__setattr__(dag, "params", params(has_base=definition.base.bootstrap is None))
    return dag


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
