"""A Connection in a server or on the command line: from Airflow's secrets backends and its database."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from golden_images.airflow_internals.runs import in_task

if TYPE_CHECKING:
    from airflow.sdk import Connection


def server_connection(conn_id: str) -> Connection | None:
    """None if there is none, and inside a task."""
    # There the database is out of reach by design, and asking for it would say so loudly.
    if in_task():
        return None
    from airflow.models.connection import Connection as Stored
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        # Of another class, with the same fields.
        return cast("Connection", Stored.get_connection_from_secrets(conn_id))
    except AirflowNotFoundException:
        return None
