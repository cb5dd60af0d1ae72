"""Every definition becomes a DAG. A DAG file is one statement::

    globals().update(golden_images_dags(__file__))

Copies of it share the definitions among them (:mod:`golden_images.factory.share`). Reads YAML and nothing
else. At the start of a task only the DAG asked for is built.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from airflow.sdk import DAG, get_parsing_context

from golden_images.factory.beside import is_project_dag, project_dags
from golden_images.factory.broken import broken_dag, failed_dag
from golden_images.factory.image import ImageDags
from golden_images.factory.share import Share
from golden_images.project import load
from golden_images.runs.failure import FailureTold
from golden_images.scheduling.naming import dag_id, image_of

__all__ = ["dag_id", "golden_images_dags"]


def golden_images_dags(file: str | Path) -> dict[str, DAG]:
    """DAGs by id for the project whose ``dags/`` folder holds ``file``; where it has copies, its share.

    A broken definition gives a DAG that shows what is wrong. Raises DefinitionError only for
    ``include/golden_images.yaml``, which every image needs: Airflow shows its text as import error
    and keeps the DAGs as they were.
    """
    with _collector_paused():
        return _dags(Path(file).absolute())


def _dags(file: Path) -> dict[str, DAG]:
    root = file.resolve().parent.parent
    asked = get_parsing_context().dag_id
    if asked is not None and is_project_dag(asked):
        return project_dags(load(root), asked)
    only = None
    if asked is not None:
        only = image_of(asked)
        if only is None:
            return {}
    project = load(root, only=only)
    share = Share.of(file) if only is None else Share(0, 1)
    told = FailureTold(project.organisation.catalog.connection, project.organisation.alerts)
    dags: dict[str, DAG] = {}
    for name, problems in project.broken.items():
        if share.has(name):
            dags[dag_id(name)] = broken_dag(name, problems, project, told)
    images = ImageDags(project, told)
    for name, definition in project.definitions.items():
        if not share.has(name):
            continue
        try:
            dags[dag_id(name)] = images.make(definition)
        except Exception as error:
            dags[dag_id(name)] = failed_dag(dag_id(name), name, error)
    return dags | (project_dags(project) if only is None and share.first else {})


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Nearly all that a DAG file makes stays: looking through it for garbage, again and again while it
    grows, takes a third of the file's time and finds nothing. What was made counts as old afterwards, or
    serialising would begin with three more looks at all of it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        frozen = gc.get_freeze_count()
        gc.freeze()
        if not frozen:
            # Where others froze (Airflow does, before it forks), what they froze has to stay so.
            gc.unfreeze()
        if was_on:
            gc.enable()
