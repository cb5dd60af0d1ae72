"""The table of DAGs that belong to no image."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from airflow.sdk import DAG

from golden_images.factory import beside
from golden_images.factory.beside import PROJECT_DAGS, ProjectDag
from golden_images.project import Project
from golden_images.scheduling.naming import PREFIX

Dags = Callable[..., dict[str, DAG]]
ROOT = "schema: 1\nname: root\ndescription: D.\nowner: team\nbase: {bootstrap: {suite: bookworm}}\n"


def fails(dag_id: str, project: Project) -> DAG | None:
    raise RuntimeError("a mistake of ours")


def rows(*more: ProjectDag) -> tuple[ProjectDag, ...]:
    return (*more, ProjectDag("golden_images_nothing", lambda *_: None), *PROJECT_DAGS)


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "PROJECT_DAGS", rows(ProjectDag("golden_images_other", fails)))


def test_one_that_cannot_be_made_costs_itself_alone(dags_of: Dags) -> None:
    dags = dags_of(root=ROOT)
    assert set(dags) == {"golden_images.root", "golden_images_other"}
    assert dags["golden_images_other"].tags == {"golden-image", "invalid"}
    assert "RuntimeError: a mistake of ours" in (dags["golden_images_other"].doc_md or "")


@pytest.mark.parametrize("asked", ["golden_images_other", "golden_images_nothing"])
def test_at_a_tasks_start_only_the_row_asked_for_is_made(
    dags_of: Dags, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", asked)
    assert set(dags_of(root=ROOT)) == {asked} - {"golden_images_nothing"}


def test_no_image_can_take_the_id_of_a_row() -> None:
    with pytest.raises(ValueError, match=r"golden_images\.watch is the id of an image's DAG"):
        ProjectDag(f"{PREFIX}watch", lambda *_: None)
    assert len({row.dag_id for row in PROJECT_DAGS}) == len(PROJECT_DAGS)
