"""The base watch's DAG: when there is one, what it watches, and what its tasks do."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.bases.operator import ExecutorSafeguard
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import ErrorResponse, OKResponse, TriggerDagRun
from airflow.sdk.execution_time.context import OutletEventAccessors
from airflow.serialization.serialized_objects import DagSerialization

from golden_images.core.digest import Digest
from golden_images.core.release import BaseVersion
from golden_images.core.watching import StageBase, Wake, Watched
from golden_images.errors import CatalogError
from golden_images.factory import golden_images_dags
from golden_images.operators.base_watch import RUN_PREFIX, _WatchOperator
from golden_images.scheduling.watch import BaseWatchTrigger
from tests.fakes.catalog import FakeCatalog

DAG_ID = "golden_images_base_watch"
HUB = "docker.io/library/debian:bookworm-slim"
PINNED = f"docker.io/library/debian@{Digest.of(b'pinned')}"
AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NEW = Digest.of(b"new")
KEY = f"20261123T080000Z_{NEW.replace(':', '-')}"

ORGANISATION = """\
schema: 1
registries: {docker.io: {connection: hub}}
base_watch: {poll_seconds: 30}
"""


def define(project: Path, name: str, base: str, more: str = "") -> None:
    folder = project / "include" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    (folder.parent / "golden_images.yaml").write_text(ORGANISATION)
    text = f"schema: 1\nname: {name}\ndescription: d\nowner: o\nbase: {{{base}}}\n{more}"
    (folder / f"{name}.yaml").write_text(text)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    define(tmp_path, "web", 'reference: "debian:bookworm-slim"')
    define(tmp_path, "api", f'reference: "{HUB}"', "build: {platforms: [linux/amd64, linux/arm64]}")
    define(tmp_path, "root", "bootstrap: {suite: bookworm}")
    define(tmp_path, "child", "image: web")
    define(tmp_path, "nightly", 'reference: "ghcr.io/team/base:1"', "schedule: {on_base_change: false}")
    define(tmp_path, "pinned", f'reference: "{PINNED}"')
    return tmp_path


def load(project: Path) -> dict[str, DAG]:
    return golden_images_dags(project / "dags" / "golden_images.py")


def trigger_of(dag: DAG) -> BaseWatchTrigger:
    (asset,) = dag.timetable.asset_condition.objects  # type: ignore[attr-defined]
    (watcher,) = asset.watchers
    assert isinstance(watcher.trigger, BaseWatchTrigger)
    return watcher.trigger


def test_one_trigger_watches_every_external_base_once(project: Path) -> None:
    trigger = trigger_of(load(project)[DAG_ID])
    assert trigger.needs == {
        HUB: {"api": ["linux/amd64", "linux/arm64"], "web": ["linux/amd64"]},
        "ghcr.io/team/base:1": {},
    }
    assert trigger.registries == {"docker.io": "hub"}
    assert trigger.settings["poll_seconds"] == 30


def test_short_and_long_names_of_a_base_are_one_asset_and_one_ledger(project: Path) -> None:
    dags = load(project)
    timetables: list[Any] = [dags[f"golden_images.{name}"].timetable for name in ("web", "api")]
    assert {timetable._base for timetable in timetables} == {HUB}
    assert {timetable._asset_name for timetable in timetables} == {f"golden/base/{HUB}"}
    assert f"golden/base/{HUB}" in {asset.name for asset in dags[DAG_ID].get_task("wake").outlets}


def test_a_base_that_no_definition_has_any_more_is_no_reason_to_refuse_the_wake(project: Path) -> None:
    """Airflow checks the outlets of a task before it runs, against the assets that are in use by then."""
    task: Any = load(project)[DAG_ID].get_task("wake")
    assert task.outlets
    assert task.prepare_for_execution().outlets == []


def test_without_external_bases_and_dockerfiles_there_is_no_such_dag(tmp_path: Path) -> None:
    define(tmp_path, "root", "bootstrap: {suite: bookworm}")
    assert DAG_ID not in load(tmp_path)


def test_an_image_with_a_dockerfile_may_have_build_stages_to_be_woken_for(project: Path) -> None:
    dag = load(project)[DAG_ID]
    wanted = ["api", "child", "pinned", "web"]
    assert trigger_of(dag).images == wanted
    wake: Any = dag.get_task("wake")
    assert wake.images == wanted
    # The trigger of a version before, which Airflow has stored, knows none.
    assert BaseWatchTrigger(catalog="c", registry="r", registries={}, needs={}, settings={}).images == []


def test_at_a_tasks_start_only_the_dag_asked_for_is_made(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for asked, wanted in ((DAG_ID, {DAG_ID}), ("golden_images.web", {"golden_images.web"}), ("other", set())):
        monkeypatch.setattr(
            "golden_images.factory.get_parsing_context", lambda asked=asked: SimpleNamespace(dag_id=asked)
        )
        assert set(load(project)) == wanted


def test_it_serialises_and_stays_the_same_when_a_base_is_released(project: Path) -> None:
    first, second = (DagSerialization.to_dict(load(project)[DAG_ID]) for _ in range(2))
    assert json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    assert first["dag"]["max_active_runs"] == 1


def test_a_trigger_is_made_again_from_what_was_serialised(project: Path) -> None:
    trigger = trigger_of(load(project)[DAG_ID])
    path, arguments = trigger.serialize()
    assert path == "golden_images.scheduling.watch.BaseWatchTrigger"
    assert BaseWatchTrigger(**json.loads(json.dumps(arguments))).serialize() == (path, arguments)


class Airflow:
    """What the tasks ask of Airflow: which DAGs are paused, and to start a run."""

    def __init__(self) -> None:
        self.paused: set[str] = set()
        self.unknown: set[str] = set()
        self.runs: list[TriggerDagRun] = []

    def get_dag(self, dag_id: str) -> SimpleNamespace:
        if dag_id in self.unknown:
            raise AirflowRuntimeError(
                ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail={"status_code": 404})
            )
        return SimpleNamespace(is_paused=dag_id in self.paused)

    def send(self, message: TriggerDagRun) -> Any:
        if any((run.dag_id, run.run_id) == (message.dag_id, message.run_id) for run in self.runs):
            return ErrorResponse(error=ErrorType.DAGRUN_ALREADY_EXISTS)
        self.runs.append(message)
        return OKResponse(ok=True)


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> Airflow:
    made = Airflow()
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", made, raising=False)
    return made


@pytest.fixture
def catalog(monkeypatch: pytest.MonkeyPatch) -> FakeCatalog:
    fake = FakeCatalog(now=lambda: AT)
    monkeypatch.setattr(_WatchOperator, "catalog", lambda self: fake)
    platforms = ("linux/amd64", "linux/arm64/v8")
    fake.observe([Watched(HUB, NEW, AT, platforms)])
    fake.settle([BaseVersion(HUB, NEW, AT, platforms, source="watch")])
    return fake


Ran = tuple[Any, dict[str, list[str]]]


@pytest.fixture
def run(project: Path, airflow: Airflow, catalog: FakeCatalog) -> Callable[..., Ran]:
    """Runs one task; what it returned, and the keys of the events that Airflow would record."""

    def run(task: str, woken: Any = None) -> Ran:
        operator: Any = load(project)[DAG_ID].get_task(task).prepare_for_execution()
        accessors = OutletEventAccessors()
        ti = SimpleNamespace(get_dag=airflow.get_dag, xcom_pull=lambda task_ids: woken)
        sentinel = {f"{type(operator).__name__}__sentinel": ExecutorSafeguard.sentinel_value}
        returned = operator.execute({"ti": ti, "outlet_events": accessors}, **sentinel)
        recorded = {key.name: accessor.partition_keys for key, accessor in accessors._dict.items()}
        return returned, {asset.name: sorted(recorded.get(asset.name, [])) for asset in operator.outlets}

    return run


def both(run: Callable[..., Ran]) -> dict[str, list[str]]:
    woken, events = run("wake")
    run("record", json.loads(json.dumps(woken)))
    return events


def test_a_settled_version_is_one_keyed_event_once(run: Callable[..., Ran], airflow: Airflow) -> None:
    assert both(run) == {f"golden/base/{HUB}": [KEY]}
    assert both(run) == {}, "nor an event without a key"
    assert airflow.runs == []


def test_nothing_is_written_down_before_the_events_are_out(
    run: Callable[..., Ran], catalog: FakeCatalog
) -> None:
    woken, first = run("wake")
    assert catalog.wakes() == []
    assert run("wake") == (woken, first), "killed before its success was recorded: the same again"
    run("record", woken)
    assert catalog.wakes() == [Wake(name, HUB, NEW, AT) for name in ("api", "web")]
    run("record", woken)
    assert len(catalog.wakes()) == 2


def test_a_paused_image_is_started_alone_once_it_is_awake(run: Callable[..., Ran], airflow: Airflow) -> None:
    airflow.paused = {"golden_images.api"}
    assert both(run) == {f"golden/base/{HUB}": [KEY]}
    assert both(run) == {}
    assert airflow.runs == []
    airflow.paused = set()
    assert both(run) == {}
    (started,) = airflow.runs
    assert (started.dag_id, started.run_id) == ("golden_images.api", f"{RUN_PREFIX}{KEY}")
    assert started.partition_key == KEY
    assert (started.conf or {})["base_digest"] == NEW
    both(run)
    assert len(airflow.runs) == 1


def test_the_base_of_a_build_stage_starts_a_run_that_is_about_no_version_of_the_images_own_base(
    run: Callable[..., Ran], airflow: Airflow, catalog: FakeCatalog
) -> None:
    tools, older = "docker.io/library/golang:1.22", Digest.of(b"older")
    catalog.set_stage_bases("child", [StageBase(tools, older, ("linux/amd64",))])
    catalog.observe([Watched(tools, NEW, AT, ("linux/amd64",))])
    catalog.settle([BaseVersion(tools, NEW, AT, ("linux/amd64",), source="watch")])
    both(run)
    (started,) = airflow.runs
    assert started.dag_id == "golden_images.child"
    assert started.run_id.startswith(f"stage_change__{KEY}_")
    assert (started.partition_key, started.conf) == (
        None,
        {"reason": f"{tools}, of a build stage, has changed"},
    )
    assert Wake("child", tools, NEW, AT) in catalog.wakes()
    both(run)
    assert len(airflow.runs) == 1


def test_a_run_that_an_earlier_try_started_is_recognised(
    run: Callable[..., Ran], airflow: Airflow, catalog: FakeCatalog
) -> None:
    airflow.paused = {"golden_images.api"}
    both(run)
    airflow.paused = set()
    whole = catalog.record_wakes
    catalog.record_wakes = lambda wakes: (_ for _ in ()).throw(CatalogError("gone"))  # type: ignore[method-assign]
    with pytest.raises(SystemExit):
        run("wake")
    catalog.record_wakes = whole  # type: ignore[method-assign]
    both(run)
    assert len(airflow.runs) == 1
    assert len(catalog.wakes()) == 2


def test_an_image_that_airflow_does_not_know_yet_waits(run: Callable[..., Ran], airflow: Airflow) -> None:
    airflow.unknown = {"golden_images.api", "golden_images.web"}
    assert both(run) == {}
    airflow.unknown = set()
    assert both(run) == {f"golden/base/{HUB}": [KEY]}


def test_a_catalog_that_is_down_fails_the_task_for_a_retry(
    run: Callable[..., Ran], catalog: FakeCatalog
) -> None:
    catalog.down = True
    with pytest.raises(SystemExit):
        run("wake")
