"""What a DAG's parameters are made of, and what is done to a DAG past its setters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.sdk import DAG, Param
    from airflow.sdk.definitions.param import ParamsDict


def checked_params(fields: Mapping[str, Param]) -> ParamsDict:
    """As a DAG keeps them, checked once for all DAGs that have them."""
    from airflow.sdk.definitions.param import ParamsDict

    made = ParamsDict(dict(fields))
    made.validate()
    return made


def set_params(dag: DAG, params: ParamsDict) -> None:
    """``params``, checked already, for a DAG that has its tasks.

    A DAG that has params gives each task copies of its own, one for each level of the task's class, and
    serialises them; the setter checks every DAG's anew. Both together took most of a DAG file's time. A
    run reads its DAG's params.
    """
    object.__setattr__(dag, "params", params)
