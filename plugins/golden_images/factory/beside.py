"""The DAGs beside the images' own, one row each: their ids, and what makes them, stand here alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from airflow.sdk import DAG

from golden_images.factory.advisories import advisories_dag
from golden_images.factory.base_watch import base_watch_dag
from golden_images.factory.broken import failed_dag
from golden_images.project import Project
from golden_images.scheduling.naming import image_of


@dataclass(frozen=True, slots=True)
class ProjectDag:
    """``make`` gets the id and the whole project; None where the project has no use for the DAG."""

    dag_id: str
    make: Callable[[str, Project], DAG | None]

    def __post_init__(self) -> None:
        if image_of(self.dag_id) is not None:
            raise ValueError(f"{self.dag_id} is the id of an image's DAG")


PROJECT_DAGS = (
    # Wakes images when their external bases have changed.
    ProjectDag("golden_images_base_watch", base_watch_dag),
    # Keeps the databases of advisories current.
    ProjectDag("golden_images.advisories", advisories_dag),
)


def project_dags(project: Project, only: str | None = None) -> dict[str, DAG]:
    """By id, all that the project has a use for, or the one that is asked for. One that cannot be made
    costs itself alone."""
    found = {}
    for row in PROJECT_DAGS:
        if only in (None, row.dag_id):
            try:
                dag = row.make(row.dag_id, project)
            except Exception as error:
                dag = failed_dag(row.dag_id, row.dag_id, error)
            if dag is not None:
                found[row.dag_id] = dag
    return found


def is_project_dag(dag_id: str) -> bool:
    return any(row.dag_id == dag_id for row in PROJECT_DAGS)
