"""Who may see an image: who may read its DAG. A plugin's application has no authentication of its own."""

from __future__ import annotations

from fastapi import Request

from golden_images.airflow_internals.access import User, may_read_dag
from golden_images.scheduling.naming import dag_id


def may_read(image: str, request: Request, user: User) -> None:
    """401 for nobody in particular, 403 for somebody who may not."""
    may_read_dag(dag_id(image), request, user)
