"""Operators as the factory makes them, run as Airflow runs them, over fakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.bases.operator import ExecutorSafeguard
from airflow.sdk.execution_time.context import OutletEventAccessors

from golden_images.factory import golden_images_dags
from golden_images.operators.base import ImageOperator
from tests.fakes.world import World

ORGANISATION = """\
schema: 1
channels:
  - {name: dev, automatic: true}
  - {name: prod}
defaults: {retries: 2, retry_delay_seconds: 1}
"""
ROOT = """\
schema: 1
name: root
description: A root.
owner: team
base: {bootstrap: {suite: bookworm}}
"""
CHILD = """\
schema: 1
name: child
description: A child.
owner: team
base: {image: root}
"""


class TaskLog:
    """Every line that a task logged, with its level."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __getattr__(self, level: str) -> Callable[..., None]:
        return lambda message, *args, **_: self.lines.append((level, message % args if args else message))

    def of(self, level: str) -> list[str]:
        return [line for at, line in self.lines if at == level]


@dataclass
class Ran:
    """One try of one task: what it returned or how it ended, and what it told Airflow."""

    operator: Any
    returned: Any = None
    ended: BaseException | None = None
    events: dict[str, Any] = field(default_factory=dict)
    log: TaskLog = field(default_factory=TaskLog)

    @property
    def keys(self) -> list[str]:
        """Partition keys of the events that Airflow would record for the task's outlets."""
        return [key for asset in self.operator.outlets for key in self.events.get(asset.name, [None])]


@dataclass
class Runner:
    """One DAG run; XComs are kept between its tasks."""

    project: Path
    world: World
    image: str = "child"
    run_type: str = "manual"
    partition_key: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    run_id: str = "run-1"
    user: str | None = None
    xcoms: dict[tuple[str, str], Any] = field(default_factory=dict)

    def task(self, task_id: str) -> Ran:
        dags = golden_images_dags(self.project / "dags" / "golden_images.py")
        operator = dags[f"golden_images.{self.image}"].get_task(task_id).prepare_for_execution()
        ti = SimpleNamespace(
            dag_id=f"golden_images.{self.image}",
            run_id=self.run_id,
            task_id=task_id,
            map_index=-1,
            xcom_pull=lambda task_ids: self.xcoms.get((task_ids, "return_value")),
            xcom_push=lambda key, value: self.xcoms.update({(task_id, key): value}),
        )
        accessors = OutletEventAccessors()
        context: Any = {
            "ti": ti,
            "dag_run": SimpleNamespace(
                run_id=self.run_id,
                run_type=self.run_type,
                partition_key=self.partition_key,
                triggering_user_name=self.user,
                run_after=datetime(2026, 11, 23, 2, tzinfo=UTC),
            ),
            "params": dict.fromkeys(("reason", "force", "base_digest", "backfill", "cascade")) | self.params,
            "outlet_events": accessors,
        }
        ran = Ran(operator)
        operator.render_template_fields(context)
        sentinel = {f"{type(operator).__name__}__sentinel": ExecutorSafeguard.sentinel_value}
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(type(operator), "log", ran.log)
                ran.returned = operator.execute(context, **sentinel)
            ti.xcom_push("return_value", ran.returned)
        except BaseException as error:
            ran.ended = error
        for key, accessor in accessors._dict.items():
            if accessor.partition_keys:
                ran.events[key.name] = sorted(accessor.partition_keys)
        return ran

    def tasks(self, *task_ids: str) -> Ran:
        """One after the other; each but the last has to end well. The last one's try."""
        for task_id in task_ids:
            ran = self.task(task_id)
            if task_id != task_ids[-1]:
                assert ran.ended is None, f"{task_id}: {ran.ended}"
        return ran


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "include" / "images").mkdir(parents=True)
    (tmp_path / "include" / "golden_images.yaml").write_text(ORGANISATION)
    (tmp_path / "include" / "images" / "root.yaml").write_text(ROOT)
    (tmp_path / "include" / "images" / "child.yaml").write_text(CHILD)
    return tmp_path


@pytest.fixture
def world(project: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(contexts=project / "include" / "contexts")
    world.context("child")
    world.context("root")
    monkeypatch.setattr(ImageOperator, "ports", lambda self, organisation: world.ports())
    return world


@pytest.fixture
def run(project: Path, world: World) -> Callable[..., Runner]:
    return lambda **fields: Runner(project, world, **fields)


#: Every task of the child's DAG, in order.
CHILD_TASKS = ("resolve", "lint", "build", "sbom", "scan", "test", "gate", "release", "promote")
ROOT_TASKS = tuple(task for task in CHILD_TASKS if task != "lint")


@pytest.fixture
def released(run: Callable[..., Runner]) -> Runner:
    """The root's first run, through to its channel."""
    runner = run(image="root")
    assert runner.tasks(*ROOT_TASKS).ended is None
    return runner
