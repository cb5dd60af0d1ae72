"""A definition that cannot become a pipeline keeps its DAG, which says why and fails when run."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path

from airflow.sdk import DAG

from golden_images.core.problem import Problem
from golden_images.factory.naming import dag_id
from golden_images.operators.definition import DefinitionOperator

TAG = "golden-image"
INVALID = "invalid"


def broken_dag(name: str, problems: Sequence[Problem], root: Path) -> DAG:
    """Shows every problem as ``golden-images check`` prints it."""
    text = "\n".join(problem.text(_relative(problem.path, root)) for problem in problems)
    count = f"{len(problems)} problems" if len(problems) != 1 else "1 problem"
    return _invalid_dag(name, f"invalid definition: {count}", text, "Mend the file; `golden-images check`")


def failed_dag(name: str, error: Exception) -> DAG:
    """A sound definition whose DAG could not be made: a mistake of ours, so with its stack."""
    text = "".join(traceback.format_exception(error))
    return _invalid_dag(name, "its DAG could not be made", text, "Report this; `golden-images check`")


def _invalid_dag(name: str, what: str, text: str, remedy: str) -> DAG:
    doc = f"# {name}\n\n**This image is not built: {what}.**\n\n{_code(text)}\n\n{remedy} shows the same.\n"
    with DAG(
        dag_id(name),
        description=what,
        schedule=None,
        catchup=False,
        tags={TAG, INVALID},
        doc_md=doc,
    ) as dag:
        DefinitionOperator(task_id="definition", text=text, retries=0, doc_md=doc)
    return dag


def _code(text: str) -> str:
    """A fence longer than any inside, so that no text ends it."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"


def _relative(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path
