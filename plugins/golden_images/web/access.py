"""Who may see an image: who may read its DAG. A plugin's application has no authentication of its own."""

from __future__ import annotations

from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from fastapi import Request

from golden_images.scheduling.naming import dag_id


def may_read(image: str, request: Request, user: GetUserDep) -> None:
    """401 for nobody in particular, 403 for somebody who may not."""
    requires_access_dag("GET", param_dag_id=dag_id(image))(request, user)
