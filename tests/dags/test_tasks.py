"""Tasks that are copies of another image's are what the ordinary way would have made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk import DAG

from golden_images.airflow_internals.tasks import TaskPattern
from golden_images.factory import encoding

Dags = Callable[..., dict[str, DAG]]

DEFINITION = """\
schema: 1
name: {name}
description: D.
owner: {owner}
base: {{reference: 'quay.io/a/b:1'}}
{more}
"""


def define(name: str, owner: str = "team", more: str = "") -> str:
    return DEFINITION.format(name=name, owner=owner, more=more)


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
        assert copied.task_group.children[one.task_id] is one
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
