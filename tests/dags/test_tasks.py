"""Tasks that are copies of another image's are what the ordinary way would have made."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization

from golden_images.airflow_internals.tasks import TaskPattern
from golden_images.core.definition import Definition
from golden_images.core.organisation import Organisation, Services
from golden_images.factory import encoding
from golden_images.pipeline import PIPELINE, RESOLVE

Dags = Callable[..., dict[str, DAG]]

DEFINITION = """\
schema: 1
name: {name}
description: D.
owner: {owner}
base: {base}
{more}
"""


VALIDATING = {"lint", "sbom", "scan", "test"}


BASE = "{reference: 'quay.io/a/b:1'}"
ROOT_BASE = "{bootstrap: {suite: bookworm}}"


def define(name: str, owner: str = "team", more: str = "", base: str = BASE) -> str:
    return DEFINITION.format(name=name, owner=owner, more=more, base=base)


@pytest.fixture
def pair(dags_of: Dags, monkeypatch: pytest.MonkeyPatch) -> tuple[DAG, DAG]:
    """The same image's DAG: with tasks of its own, and with copies of another image's."""
    second = {"second": define("second", "others", "build: {args: {A: b}}")}
    made = dags_of(**second)["golden_images.second"]
    copies: list[str] = []
    plain = TaskPattern.copy

    def copy(self: TaskPattern, own: Any) -> Any:
        copies.append(self.task.task_id)
        return plain(self, own)

    monkeypatch.setattr(TaskPattern, "copy", copy)
    copied = dags_of(first=define("first"), **second)["golden_images.second"]
    assert copies == made.task_ids
    return made, copied


def test_a_copy_stands_in_its_own_dag(pair: tuple[DAG, DAG]) -> None:
    made, copied = pair
    assert copied.task_ids == made.task_ids
    for one in copied.tasks:
        twin: Any = made.get_task(one.task_id)
        assert one.dag is copied
        group = one.task_group
        assert group is not None
        assert group.dag is copied
        assert group.children[one.task_id] is one
        assert group.group_id == ("validate" if one.task_id in VALIDATING else None)
        assert set(vars(one)) - {encoding._KNOWN} == set(vars(twin))
        assert (one.image, one.owner) == ("second", "others")  # type: ignore[attr-defined]
        assert one.upstream_list == [copied.get_task(task.task_id) for task in twin.upstream_list]


def test_copies_share_nothing_that_can_change(dags_of: Dags) -> None:
    dags = dags_of(first=define("first"), second=define("second"))
    first, second = (dags[f"golden_images.{name}"].get_task("release") for name in ("first", "second"))
    changing = [name for name, value in vars(first).items() if type(value) in (set, list, dict)]
    assert {"outlets", "upstream_task_ids", "_BaseOperator__init_kwargs"} <= set(changing)
    assert [name for name in changing if vars(first)[name] is vars(second)[name]] == []
    assert [asset.name for asset in second.outlets] == ["golden/second"]


def test_another_limit_is_another_shape(dags_of: Dags) -> None:
    more = "build: {timeout_minutes: 300}"
    dags = dags_of(first=define("first"), second=define("second", more=more))
    first, second = (dags[f"golden_images.{name}"].get_task("build") for name in ("first", "second"))
    assert first.execution_timeout != second.execution_timeout


def test_images_alike_but_for_the_queue_keep_their_own(
    dags_of: Dags, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third is a copy of the first one's tasks, the fourth of the second one's."""
    rows = tuple(
        replace(row, queue=lambda image: image.labels.get("queue"), pool=lambda image: image.labels["pool"])
        if row.name == "test"
        else row
        for row in PIPELINE
    )
    monkeypatch.setattr("golden_images.pipeline.PIPELINE", rows)
    places = {"a": ("", "x"), "b": ("arm", "x"), "c": ("", "x"), "d": ("arm", "x"), "e": ("arm", "y")}
    texts = {
        name: define(name, more=f"labels: {{pool: {pool}{f', queue: {queue}' if queue else ''}}}")
        for name, (queue, pool) in places.items()
    }
    dags = dags_of(**texts)
    found = {name: dags[f"golden_images.{name}"].get_task("test") for name in places}
    assert {name: (task.queue, task.pool) for name, task in found.items()} == {
        name: (queue or "default", pool) for name, (queue, pool) in places.items()
    }
    assert {dags[f"golden_images.{name}"].get_task("sbom").queue for name in places} == {"default"}


def test_images_on_two_engines_and_registries_keep_their_own(
    dags_of: Dags, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a rule of the organisation's over the definition. The third and fourth are copies."""

    def services(self: Organisation, definition: Definition | None = None) -> Services:
        kind = definition.labels["on"] if definition else "x"
        return Services(registry=f"registry_{kind}", engine=f"engine_{kind}")

    monkeypatch.setattr(Organisation, "services", services)
    for kind in ("arm", "x"):
        for what, host in (("engine", f"tcp://{kind}.test:2375"), ("registry", f"{kind}.test:5000")):
            fields = {"conn_type": "docker", "host": host}
            monkeypatch.setenv(f"AIRFLOW_CONN_{what}_{kind}".upper(), json.dumps(fields))
    kinds = {"a": "x", "b": "arm", "c": "x", "d": "arm"}
    dags = dags_of(**{name: define(name, more=f"labels: {{on: {kind}}}") for name, kind in kinds.items()})
    for name, kind in kinds.items():
        tasks: list[Any] = dags[f"golden_images.{name}"].tasks
        assert {task.services for task in tasks} == {Services(f"registry_{kind}", f"engine_{kind}")}
        ports = tasks[0].ports(Organisation.model_validate({"schema": 1}))
        assert ports.registry().host == f"{kind}.test:5000"
        assert ports.engine().endpoint == f"tcp://{kind}.test:2375"


def test_what_the_table_says_of_a_task_is_its_own(dags_of: Dags) -> None:
    dags = dags_of(first=define("first"), second=define("second"))
    for dag in (dags["golden_images.first"], dags["golden_images.second"]):
        tasks: dict[str, Any] = dag.task_dict
        assert {name for name, task in tasks.items() if task.owns_containers} == {"test"}
        for row in (RESOLVE, *PIPELINE):
            assert tasks[row.name].ui_color == row.colour
        encoded = {
            one["__var"]["task_id"]: one["__var"] for one in DagSerialization.to_dict(dag)["dag"]["tasks"]
        }
        assert {name: one["ui_color"] for name, one in encoded.items()} == {
            row.name: row.colour for row in (RESOLVE, *PIPELINE)
        }


def test_the_stages_that_make_evidence_stand_in_a_group_of_each_dag(dags_of: Dags) -> None:
    dags = dags_of(first=define("first"), second=define("second"), root=define("root", base=ROOT_BASE))
    shown = {name: DagSerialization.to_dict(dag)["dag"]["task_group"] for name, dag in dags.items()}
    for name in ("first", "second"):
        groups = shown[f"golden_images.{name}"]["children"]
        assert set(groups) == {"resolve", "build", "validate", "gate", "release", "promote"}
        assert set(groups["validate"][1]["children"]) == VALIDATING
    assert set(shown["golden_images.root"]["children"]["validate"][1]["children"]) == {"sbom", "scan", "test"}
    dag = dags["golden_images.second"]
    assert dag.get_task("gate").upstream_task_ids == VALIDATING - {"sbom"}, (
        "between tasks, whatever the group"
    )
    assert dag.get_task("lint").upstream_task_ids == {"resolve"}
    assert dag.get_task("sbom").upstream_task_ids == {"build"}
    assert dag.get_task("scan").upstream_task_ids == {"sbom"}
