"""The project's own DAG file, and small projects made for one test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG

from golden_images.factory import golden_images_dags

ROOT = Path(__file__).parents[2]
DAG_FILE = ROOT / "dags" / "golden_images.py"


@pytest.fixture(scope="session")
def bag() -> DagBag:
    """The project's DAG folder as Airflow reads it."""
    return DagBag(str(DAG_FILE.parent))


@pytest.fixture
def dags_of(tmp_path: Path) -> Callable[..., dict[str, DAG]]:
    """``dags_of(name=yaml, …)``: the DAGs of a project with these definitions."""

    def make(organisation: str = "schema: 1\n", **definitions: str) -> dict[str, DAG]:
        images = tmp_path / "include" / "images"
        images.mkdir(parents=True, exist_ok=True)
        (tmp_path / "include" / "golden_images.yaml").write_text(organisation)
        for name, text in definitions.items():
            (images / f"{name}.yaml").write_text(text)
        return golden_images_dags(tmp_path / "dags" / "golden_images.py")

    return make
