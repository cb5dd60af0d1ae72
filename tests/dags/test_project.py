"""The project's DAGs, as Airflow loads them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

from golden_images.pipeline import pools
from golden_images.project import load
from tests.dags.conftest import DAG_FILE, ROOT
from tests.golden.compare import Golden

NAMES = sorted(path.stem for path in (ROOT / "include" / "images").glob("*.yaml"))


def dag(bag: DagBag, name: str) -> Any:
    return bag.dags[f"golden_images.{name}"]


def test_every_definition_is_one_dag_and_no_import_fails(bag: DagBag) -> None:
    assert bag.import_errors == {}
    # Their Dockerfiles may have build stages on images of others, whose tags somebody has to watch.
    assert sorted(bag.dags) == [*(f"golden_images.{name}" for name in NAMES), "golden_images_base_watch"]


def test_the_dag_file_is_one_statement_that_airflow_does_not_skip() -> None:
    import ast

    text = DAG_FILE.read_text()
    body = [one for one in ast.parse(text).body if not isinstance(one, ast.ImportFrom)]
    assert [type(one) for one in body] == [ast.Expr, ast.Expr]  # docstring and statement
    assert "airflow" in text.lower()
    assert "dag" in text


@pytest.mark.parametrize("name", NAMES)
def test_a_dag_runs_once_at_a_time_and_never_catches_up(bag: DagBag, name: str) -> None:
    assert dag(bag, name).max_active_runs == 1
    assert dag(bag, name).catchup is False


@pytest.mark.parametrize("name", NAMES)
def test_a_dag_shows_owner_description_and_tags_of_its_definition(bag: DagBag, name: str) -> None:
    definition = load(ROOT, only=name).definitions[name]
    assert dag(bag, name).owner == definition.owner
    assert dag(bag, name).description == definition.description
    assert dag(bag, name).tags == {"golden-image", *definition.tags}


@pytest.mark.parametrize("name", NAMES)
def test_tasks_retry_with_back_off_have_a_limit_and_a_pool_that_is_made(bag: DagBag, name: str) -> None:
    defaults = load(ROOT, only=name).organisation.defaults
    for task in dag(bag, name).tasks:
        assert task.retries == defaults.retries, task.task_id
        assert task.retry_delay == timedelta(seconds=defaults.retry_delay_seconds)
        assert task.retry_exponential_backoff == 2
        assert task.max_retry_delay == timedelta(minutes=10)
        assert task.execution_timeout is not None
        assert task.pool in ("default_pool", *pools())
        assert task.doc_md


def test_builds_share_the_build_pool(bag: DagBag) -> None:
    assert {dag(bag, name).get_task("build").pool for name in NAMES} == {"golden_images_build"}


@pytest.mark.parametrize("name", NAMES)
def test_serialization_comes_back_and_is_the_same_every_time(bag: DagBag, name: str) -> None:
    first = DagSerialization.to_dict(dag(bag, name))
    again = DagSerialization.to_dict(DagBag(str(DAG_FILE.parent)).dags[f"golden_images.{name}"])
    assert first == again
    back = DagSerialization.from_dict(first)
    assert back.timetable.summary == dag(bag, name).timetable.summary
    assert sorted(back.task_dict) == sorted(dag(bag, name).task_dict)


def test_the_trigger_form_has_its_fields(bag: DagBag) -> None:
    for name in NAMES:
        definition = load(ROOT, only=name).definitions[name]
        fields = {"reason", "force"} | (
            set() if definition.base.bootstrap else {"base_digest", "backfill", "cascade"}
        )
        params = dag(bag, name).params
        assert set(params) == fields
        for field in fields:
            schema = params.get_param(field)
            assert schema.schema["title"]
            assert schema.description
        # What is required and empty disables the form's button.
        assert params.dump() == {
            field: (False if field in ("force", "cascade") else None) for field in fields
        }


def test_graphs_and_pages(bag: DagBag, golden: Golden) -> None:
    for name in NAMES:
        golden(f"dags/{name}.graph.txt", graph(dag(bag, name)))
        golden(f"dags/{name}.md", dag(bag, name).doc_md)


def graph(dag: Any) -> str:
    """One line a task: what comes before, its pool, its limit and its outlets."""
    lines = [f"{dag.dag_id}: {dag.timetable.summary}"]
    for task in dag.topological_sort():
        before = ", ".join(sorted(task.upstream_task_ids)) or "-"
        notes = [str(task.execution_timeout)]
        notes += [task.pool] if task.pool != "default_pool" else []
        notes += [f"asset {asset.name}" for asset in task.outlets]
        lines.append(f"  {task.task_id:<8} after {before:<17} {'; '.join(notes)}")
    return "\n".join(lines) + "\n"


def test_airflow_executes_only_the_plugin_of_the_plugins_folder() -> None:
    from airflow._shared.module_loading import find_path_from_directory

    found = {
        str(Path(path).relative_to(ROOT / "plugins"))
        for path in find_path_from_directory(str(ROOT / "plugins"), ".airflowignore", "glob")
        if path.endswith(".py")
    }
    assert found == {"golden_images_plugin.py"}


def test_the_plugin_registers_what_serialized_dags_need() -> None:
    from airflow import plugins_manager

    assert plugins_manager._get_plugins()[1] == {}
    timetables = plugins_manager.get_timetables_plugins()
    assert "golden_images.scheduling.timetable.GoldenImageTimetable" in timetables
    mappers = plugins_manager.get_partition_mapper_plugins()
    assert "golden_images.scheduling.mapper.BaseVersionMapper" in mappers


def test_the_plugin_loads_no_client_library_and_no_web_framework() -> None:
    """It is loaded in every component; measured in a fresh interpreter. Our own modules that every
    task needs are loaded on purpose: workers fork, and their tasks have them for nothing."""
    import subprocess
    import sys

    script = (
        "import airflow.plugins_manager, sys\n"
        "before = set(sys.modules)\n"
        "import golden_images_plugin\n"
        "new = set(sys.modules) - before\n"
        "heavy = ('docker', 'fastapi', 'boto3', 'psycopg', 'alembic', 'aiohttp', 'packageurl',"
        " 'airflow.providers')\n"
        "print([name for name in sorted(new) if name.startswith(heavy)])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT / "plugins", capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().splitlines()[-1] == "[]"
