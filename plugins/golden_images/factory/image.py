"""A sound definition as a DAG: resolve, then the table's rows that apply."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, conf

from golden_images.airflow_internals.dags import set_params
from golden_images.core.definition import Definition
from golden_images.core.organisation import Organisation
from golden_images.factory.doc import dag_doc
from golden_images.factory.params import params
from golden_images.factory.tasks import ImageTasks
from golden_images.pipeline import stages_for
from golden_images.project import Project
from golden_images.runs.failure import FailureTold
from golden_images.scheduling.assets import base_asset
from golden_images.scheduling.naming import dag_id
from golden_images.scheduling.timetable import GoldenImageTimetable

TAG = "golden-image"
_LONGEST_RETRY_DELAY = timedelta(minutes=10)


def timetable_of(definition: Definition, organisation: Organisation) -> GoldenImageTimetable:
    """Reads name, base and schedule of ``definition`` and nothing else."""
    return GoldenImageTimetable(
        base=definition.base.ledger,
        catalog=organisation.catalog.connection,
        asset=base_asset(definition),
        nightly=organisation.nightly(definition),
        timezone=organisation.timezone(definition),
    )


class ImageDags:
    """Makes the DAGs of one project's images. What they have in common is made once."""

    def __init__(self, project: Project, told: FailureTold) -> None:
        self._project = project
        self._told = told
        self._tasks = ImageTasks(project)
        self._defaults = _airflows_defaults()

    def make(self, definition: Definition) -> DAG:
        organisation = self._project.organisation
        timetable = timetable_of(definition, organisation)
        rows = stages_for(definition)
        with DAG(
            dag_id(definition.name),
            description=definition.description,
            schedule=timetable,
            catchup=False,
            max_active_runs=1,
            on_failure_callback=self._told,
            tags={TAG, *definition.tags},
            doc_md=dag_doc(definition, self._project, rows, timetable.summary),
            default_args={
                "owner": definition.owner,
                "retries": organisation.defaults.retries,
                "retry_delay": timedelta(seconds=organisation.defaults.retry_delay_seconds),
                "retry_exponential_backoff": 2,
                "max_retry_delay": _LONGEST_RETRY_DELAY,
            },
            **self._defaults,
        ) as dag:
            self._tasks.add(dag, definition, rows)
        set_params(dag, params(has_base=bool(definition.base.ledger)))
        return dag


def _airflows_defaults() -> dict[str, Any]:
    """Airflow would read its configuration anew for every DAG, which takes a tenth of the DAG's time."""
    return {
        "max_active_tasks": conf.getint("core", "max_active_tasks_per_dag"),
        "max_consecutive_failed_dag_runs": conf.getint("core", "max_consecutive_failed_dag_runs_per_dag"),
        "disable_bundle_versioning": conf.getboolean("dag_processor", "disable_bundle_versioning"),
    }
