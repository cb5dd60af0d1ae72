"""Who may read a DAG, as Airflow's own pages ask it. Imports FastAPI."""

from __future__ import annotations

from airflow.api_fastapi.core_api.security import GetUserDep as User
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import Request

__all__ = ["User", "may_read_dag"]


def may_read_dag(dag_id: str, request: Request, user: User) -> None:
    """For an endpoint whose dependency has ``user``: 401 for nobody in particular, 403 for somebody who
    may not."""
    requires_access_dag("GET", param_dag_id=dag_id)(request, user)
