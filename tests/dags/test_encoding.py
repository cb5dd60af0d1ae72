"""What is encoded by copying is what Airflow would have made of each task, on this Airflow."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization, OperatorSerialization

from golden_images.airflow_internals.tasks import TaskPattern
from golden_images.factory import encoding
from golden_images.operators.base import ImageOperator
from golden_images.operators.stage import StageOperator

Dags = Callable[..., dict[str, DAG]]

DEFINITION = """\
schema: 1
name: {name}
description: D.
owner: {owner}
base: {{reference: 'quay.io/a/b:1'}}
"""

#: The first is the pattern, the second and third are the first copies of their owners.
OWNERS = {"a": "team", "b": "team", "c": "others", "d": "others", "e": "team"}


@pytest.fixture
def dags(dags_of: Dags) -> list[DAG]:
    made = dags_of(**{name: DEFINITION.format(name=name, owner=owner) for name, owner in OWNERS.items()})
    return [made[f"golden_images.{name}"] for name in OWNERS]


def plain(dag: DAG) -> dict[str, Any]:
    """Encoded Airflow's own way."""
    for task in dag.tasks:
        vars(task).pop(encoding._KNOWN)
    return DagSerialization.to_dict(dag)


def test_a_copy_is_encoded_as_if_it_had_been_made(dags: list[DAG]) -> None:
    encoded = [DagSerialization.to_dict(dag) for dag in dags]
    assert encoded == [plain(dag) for dag in dags]


def test_airflow_is_asked_once_for_each_task_and_owner(
    dags: list[DAG], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    fields = ImageOperator.get_serialized_fields()

    def looked_at(task: ImageOperator) -> frozenset[str]:
        asked.append(task.owner)
        return fields

    monkeypatch.setattr(ImageOperator, "get_serialized_fields", looked_at)
    for dag in dags:
        DagSerialization.to_dict(dag)
    tasks = len(dags[0].tasks)
    assert asked == [*["team"] * tasks, *["others"] * tasks]


@pytest.mark.parametrize("encoded_before", [False, True])
def test_what_was_done_to_a_copy_later_is_encoded(dags: list[DAG], encoded_before: bool) -> None:
    """As a cluster policy does, which Airflow applies when the file has been read."""
    if encoded_before:
        for dag in dags:
            DagSerialization.to_dict(dag)
    for dag in dags[1:3]:
        build: Any = dag.get_task("build")
        build.queue = "large"
        build.executor_config["memory"] = "8Gi"
        release: Any = dag.get_task("release")
        release.outlets.clear()
    encoded = [DagSerialization.to_dict(dag) for dag in dags]
    assert [json.dumps(one).count("8Gi") for one in encoded] == [0, 1, 1, 0, 0]
    assert encoded == [plain(dag) for dag in dags]


def test_encodings_share_nothing_that_can_change(dags: list[DAG]) -> None:
    encoded = [DagSerialization.to_dict(dag) for dag in dags]
    wanted = json.dumps(encoded[-1], sort_keys=True)
    for one in encoded[:-1]:
        for task in one["dag"]["tasks"]:
            for value in task["__var"].values():
                if isinstance(value, list | dict):
                    value.clear()
            task["__var"].clear()
    assert json.dumps(encoded[-1], sort_keys=True) == wanted
    assert json.dumps(DagSerialization.to_dict(dags[-1]), sort_keys=True) == wanted


def test_without_the_function_airflow_encodes_as_it_does(
    dags: list[DAG], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(OperatorSerialization, "serialize_operator")
    task = dags[0].get_task("build")
    encoding.share(TaskPattern(task))
    assert not hasattr(OperatorSerialization, "serialize_operator")


def test_a_task_tells_its_plan_and_candidate_and_nothing_that_is_its_dag_s(dags: list[DAG]) -> None:
    assert StageOperator.template_fields == ("plan", "candidate")
    release = next(
        task["__var"]
        for task in DagSerialization.to_dict(dags[-1])["dag"]["tasks"]
        if task["__var"]["task_id"] == "release"
    )
    assert (release["plan"], release["candidate"]) == ("", ""), "no template: what they were when it ended"
    assert StageOperator.overwrite_rtif_after_execution
    assert {"doc_md", "_operator_extra_links", "ui_color", "has_retry_policy"} <= set(release)
