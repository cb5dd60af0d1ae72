"""What the factory makes of definitions: sound, broken, and asked for one by one."""

import gc
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from airflow.sdk import DAG

from golden_images.errors import DefinitionError
from golden_images.factory import image as module
from golden_images.pipeline import PIPELINE

Dags = Callable[..., dict[str, DAG]]


def definition(name: str, base: str = "{bootstrap: {suite: bookworm}}", more: str = "") -> str:
    return f"schema: 1\nname: {name}\ndescription: D.\nowner: team\nbase: {base}\n{more}"


BROKEN = definition("broken", "{imgae: root}")


@pytest.mark.parametrize("frozen", [False, True])
def test_what_was_made_is_old_to_the_collector_and_what_others_froze_stays_so(
    dags_of: Dags, frozen: bool
) -> None:
    if frozen:
        gc.freeze()
    try:
        before = gc.get_freeze_count()
        dag = dags_of(root=definition("root"))["golden_images.root"]
        ages = [age for age in range(3) if any(one is dag for one in gc.get_objects(age))]
        assert ages == ([] if frozen else [2])
        assert gc.get_freeze_count() >= before
        assert bool(gc.get_freeze_count()) is frozen
        assert gc.isenabled()
    finally:
        gc.unfreeze()


def test_a_broken_definition_costs_itself_alone(dags_of: Dags) -> None:
    dags = dags_of(root=definition("root"), broken=BROKEN, unreadable="a: [")
    assert set(dags) == {"golden_images.root", "golden_images.broken", "golden_images.unreadable"}
    assert "invalid" not in dags["golden_images.root"].tags


def test_a_broken_definitions_dag_shows_the_exact_error(dags_of: Dags) -> None:
    dag = dags_of(root=definition("root"), broken=BROKEN)["golden_images.broken"]
    assert dag.tags == {"golden-image", "invalid"}
    assert dag.timetable.mark, "what it is run for, once"
    error = "include/images/broken.yaml:5:8: base.imgae: unknown key"
    assert f"`{error}`\\\n" in dag.doc_md
    assert "did you mean image?`" in dag.doc_md
    (task,) = dag.tasks
    assert task.task_id == "definition"
    assert task.text.startswith(error)
    assert task.retries == 0


def test_a_broken_definitions_page_has_a_paragraph_a_problem_and_a_line_a_line(dags_of: Dags) -> None:
    dag = dags_of(broken=BROKEN + "colour: red\n")["golden_images.broken"]
    problems = [part for part in dag.doc_md.split("\n\n") if part.startswith("`include/")]
    assert {part.split("`")[1].split(":")[1] for part in problems} == {"5", "6"}
    for problem in problems:
        first, *rest = problem.splitlines()
        assert all(line.endswith("`\\") for line in [first, *rest][:-1]), "Airflow runs other lines together"
        assert rest[0].startswith("`\N{NO-BREAK SPACE}")


def test_a_broken_definition_keeps_what_can_be_read_of_it(dags_of: Dags) -> None:
    more = "tags: [web]\nschedule: {nightly: '30 3 * * *'}\ncolour: red\n"
    dags = dags_of(
        root=definition("root"),
        broken=definition("broken", "{image: root}", more),
        worse=definition("worse", more="schedule: {nightly: never}\n").replace("team", "[1]"),
        unreadable="a: [",
    )
    dag = dags["golden_images.broken"]
    assert (dag.owner, dag.tags) == ("team", {"golden-image", "invalid", "web"})
    assert "| **Once mended** | rebuilt 03:30 UTC · on change of golden/root |" in dag.doc_md
    assert "D." in dag.doc_md.split("\n\n")
    for name in ("worse", "unreadable"):
        assert dags[f"golden_images.{name}"].owner == "airflow"
        assert "Once mended" not in dags[f"golden_images.{name}"].doc_md


def test_text_of_a_broken_file_cannot_end_its_code(dags_of: Dags) -> None:
    dag = dags_of(broken=definition("broken", '"```\\n# Hello"'))["golden_images.broken"]
    (line,) = [line for line in dag.doc_md.splitlines() if line.count("base: ") == 1 and "Hello" in line][-1:]
    fence = line[: len(line) - len(line.lstrip("`"))]
    assert len(fence) > 3
    assert line.rstrip("\\").endswith(fence)


def test_a_definition_whose_dag_cannot_be_made_costs_itself_alone(
    dags_of: Dags, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = module.dag_doc

    def fail_for_one(one: object, *rest: object) -> str:
        if one.name == "bad":  # type: ignore[attr-defined]
            raise RuntimeError("a mistake of ours")
        return plain(one, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "dag_doc", fail_for_one)
    dags = dags_of(bad=definition("bad"), good=definition("good"))
    assert dags["golden_images.bad"].tags == {"golden-image", "invalid"}
    assert "RuntimeError: a mistake of ours" in dags["golden_images.bad"].doc_md
    assert "build" in dags["golden_images.good"].task_dict


def test_a_broken_organisations_file_is_one_error_for_all(dags_of: Dags) -> None:
    with pytest.raises(DefinitionError, match=r"golden_images\.yaml:2:1: nonsense"):
        dags_of(organisation="schema: 1\nnonsense: 1\n", root=definition("root"))


@pytest.mark.parametrize(
    ("asked", "built"), [("golden_images.child", {"golden_images.child"}), ("another_dag", set())]
)
def test_at_task_start_only_the_dag_asked_for_is_built(
    dags_of: Dags, monkeypatch: pytest.MonkeyPatch, asked: str, built: set[str]
) -> None:
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", asked)
    child = definition("child", "{image: root}")
    assert set(dags_of(root=definition("root"), child=child, broken=BROKEN)) == built


def test_parsing_reads_nothing_but_yaml(dags_of: Dags, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("parsing used the network")

    monkeypatch.setattr("socket.socket.connect", fail)
    monkeypatch.setattr("golden_images.wiring.ports", fail)
    dags = dags_of(root=definition("root"), child=definition("child", "{image: root}"))
    assert set(dags) == {"golden_images.root", "golden_images.child", "golden_images_base_watch"}


def test_a_stage_that_does_not_apply_hands_its_place_to_what_it_needs(
    dags_of: Dags, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = tuple(
        replace(row, applies=lambda _: False) if row.name in ("lint", "sbom", "scan", "test") else row
        for row in PIPELINE
    )
    monkeypatch.setattr("golden_images.pipeline.PIPELINE", rows)
    dag = dags_of(root=definition("root"))["golden_images.root"]
    assert dag.get_task("gate").upstream_task_ids == {"build"}


def test_time_limits_follow_the_definition(dags_of: Dags) -> None:
    more = "build: {timeout_minutes: 600}\nstages: {test: {timeout_minutes: 100}}\n"
    dag = dags_of(root=definition("root", more=more))["golden_images.root"]
    assert dag.get_task("build").execution_timeout == timedelta(minutes=615)
    assert dag.get_task("test").execution_timeout == timedelta(minutes=115)
    assert dag.get_task("sbom").execution_timeout == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("base", "more", "asset"),
    [
        ("{image: root}", "", "golden/root"),
        ("{reference: 'quay.io/a/b:1'}", "", "golden/base/quay.io/a/b:1"),
        (f"{{reference: 'quay.io/a/b:1@sha256:{'0' * 64}'}}", "", None),
        ("{image: root}", "schedule: {on_base_change: false}\n", None),
        ("{bootstrap: {suite: bookworm}}", "", None),
    ],
)
def test_what_wakes_an_image(dags_of: Dags, base: str, more: str, asset: str | None) -> None:
    dag = dags_of(root=definition("root"), image=definition("image", base, more))["golden_images.image"]
    woken_by = [asset.name for _, asset in dag.timetable.asset_condition.iter_assets()]
    assert woken_by == ([asset] if asset else [])


def test_a_release_is_announced_by_its_task_alone(dags_of: Dags) -> None:
    dag = dags_of(root=definition("root"))["golden_images.root"]
    assert {task.task_id: [one.name for one in task.outlets] for task in dag.tasks if task.outlets} == {
        "release": ["golden/root"]
    }


def test_commands_on_a_page_are_paragraphs(dags_of: Dags) -> None:
    doc = dags_of(root=definition("root"), child=definition("child", "{image: root}"))[
        "golden_images.child"
    ].doc_md
    assert "```" not in doc
    parts = doc.split("\n\n")
    for command in ("golden-images plan child", "golden-images backfill child", "airflow backfill create"):
        assert [part for part in parts if part.startswith(f"`{command}") and part.strip().endswith("`")]


def test_a_description_is_text_in_the_page(dags_of: Dags) -> None:
    text = definition("root").replace("D.", "<script>alert(1)</script>")
    assert "<script>" not in dags_of(root=text)["golden_images.root"].doc_md


def test_the_folder_of_the_project_is_that_of_the_dag_file(dags_of: Dags, tmp_path: Path) -> None:
    dag = dags_of(root=definition("root"))["golden_images.root"]
    assert {task.project for task in dag.tasks} == {str(tmp_path)}


def test_a_dag_has_the_limits_that_airflow_is_configured_with(
    dags_of: Dags, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG", "3")
    monkeypatch.setenv("AIRFLOW__CORE__MAX_CONSECUTIVE_FAILED_DAG_RUNS_PER_DAG", "7")
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DISABLE_BUNDLE_VERSIONING", "True")
    dag = dags_of(root=definition("root"))["golden_images.root"]
    assert dag.max_active_tasks == 3
    assert dag.max_consecutive_failed_dag_runs == 7
    assert dag.disable_bundle_versioning is True
