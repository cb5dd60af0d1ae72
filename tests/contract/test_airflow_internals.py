"""Each use of what Airflow does not promise to keep, against the Airflow that is installed.

An upgrade that changes one of them fails here, in the test that is named after it.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from airflow.exceptions import InvalidPartitionKeyError
from airflow.models import backfill as airflows_backfill
from airflow.models.base import Base
from airflow.models.dagrun import DagRun, DagRunNote
from airflow.models.taskinstance import TaskInstance
from airflow.models.xcom import XComModel
from airflow.sdk import DAG, Asset, BaseOperator, Param
from airflow.sdk.api.datamodels._generated import DagResponse
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType, ParamValidationError
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import DagResult, ErrorResponse, OKResponse, ToSupervisor, TriggerDagRun
from airflow.serialization.serialized_objects import DagSerialization, OperatorSerialization
from airflow.timetables.base import Timetable
from airflow.utils.types import DagRunType
from pydantic import TypeAdapter
from sqlalchemy import Connection, create_engine

from golden_images import airflow_internals
from golden_images.airflow_internals import access, backfills, metadata
from golden_images.airflow_internals.connections import server_connection
from golden_images.airflow_internals.dags import checked_params, set_params
from golden_images.airflow_internals.encoding import Encode, encode_operators, encoded
from golden_images.airflow_internals.runs import (
    ASSET_TRIGGERED,
    BACKFILL,
    MANUAL,
    in_task,
    is_paused,
    start_run,
)
from golden_images.airflow_internals.tasks import TIES, TaskPattern
from golden_images.airflow_internals.timetables import WokenByOne, decode_asset, encode_asset
from golden_images.errors import ServiceError

PACKAGE = Path(airflow_internals.__file__).parent
#: What Airflow offers to authors of DAGs and plugins; anything else goes through the package.
OFFERED = (
    *("airflow.sdk", "airflow.timetables", "airflow.partition_mappers", "airflow.triggers.base"),
    *("airflow.listeners", "airflow.plugins_manager", "airflow.configuration", "airflow.settings"),
    "airflow.providers",
)
INSIDE_THE_SDK = ("airflow.sdk.execution_time", "airflow.sdk.api", "airflow.sdk.definitions")


def imported(path: Path) -> Iterator[str]:
    """Modules that ``path`` imports, without those that it only names in annotations."""
    tree = ast.parse(path.read_text())
    skipped = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_nothing_else_reaches_past_what_airflow_offers() -> None:
    reached = [
        (str(path.relative_to(PACKAGE.parent)), module)
        for path in sorted(PACKAGE.parent.rglob("*.py"))
        if PACKAGE not in path.parents
        for module in imported(path)
        if module.startswith("airflow.")
        if not module.startswith(OFFERED) or module.startswith(INSIDE_THE_SDK)
    ]
    assert reached == []


class Supervisor:
    """Airflow's side of a task: takes what it would take, and answers as told."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.answer: Any = OKResponse(ok=True)

    def send(self, msg: Any) -> Any:
        self.asked.append(TypeAdapter(ToSupervisor).validate_json(msg.model_dump_json()))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> Supervisor:
    made = Supervisor()
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", made, raising=False)
    return made


def error(kind: ErrorType, **detail: Any) -> ErrorResponse:
    return ErrorResponse(error=kind, detail=detail)


def test_start_run(supervisor: Supervisor) -> None:
    start_run("golden_images.web", "cascade__1", "key", {"cascade": True})
    (asked,) = supervisor.asked
    assert isinstance(asked, TriggerDagRun)
    assert (asked.dag_id, asked.run_id, asked.partition_key) == ("golden_images.web", "cascade__1", "key")
    assert asked.conf == {"cascade": True}
    supervisor.answer = error(ErrorType.DAGRUN_ALREADY_EXISTS)
    start_run("golden_images.web", "cascade__1", "key", {})
    broken = error(ErrorType.API_SERVER_ERROR, status=503)
    for answer in (broken, AirflowRuntimeError(broken)):
        supervisor.answer = answer
        with pytest.raises(ServiceError, match=r"golden_images\.web could not be started") as caught:
            start_run("golden_images.web", "cascade__1", "key", {})
        assert "503" in caught.value.cause
        assert caught.value.retryable


def test_is_paused(supervisor: Supervisor) -> None:
    ti = task_runner.RuntimeTaskInstance
    fields = {name: None for name, field in DagResponse.model_fields.items() if not field.is_required()}
    known = {"dag_id": "golden_images.web", "is_paused": False, **fields}
    for paused in (True, False):
        supervisor.answer = DagResult.model_construct(**{**known, "is_paused": paused})
        assert is_paused(ti, "golden_images.web") is paused
    assert {asked.dag_id for asked in supervisor.asked} == {"golden_images.web"}
    supervisor.answer = AirflowRuntimeError(error(ErrorType.API_SERVER_ERROR, status_code=404))
    assert is_paused(ti, "golden_images.new")
    supervisor.answer = AirflowRuntimeError(error(ErrorType.API_SERVER_ERROR, status_code=500))
    with pytest.raises(AirflowRuntimeError):
        is_paused(ti, "golden_images.web")


def test_in_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(task_runner, "SUPERVISOR_COMMS", raising=False)
    assert "SUPERVISOR_COMMS" in task_runner.__annotations__
    assert not in_task()
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", object(), raising=False)
    assert in_task()


def test_server_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(task_runner, "SUPERVISOR_COMMS", raising=False)
    monkeypatch.setenv("AIRFLOW_CONN_HERE", "http://registry.test:5000")
    found = server_connection("here")
    assert found is not None
    assert (found.host, found.port, found.conn_type) == ("registry.test", 5000, "http")
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", object(), raising=False)
    assert server_connection("here") is None


class Operator(BaseOperator):
    def __init__(self, *, image: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.image = image


def test_a_copy_of_a_task() -> None:
    with DAG("first", schedule=None, default_args={"retries": 3}):
        pattern = TaskPattern(Operator(task_id="t", image="a", owner="x", executor_config={"a": 1}))
    with DAG("second", schedule=None, default_args={"retries": 3}) as dag:
        dag.add_task(pattern.copy({"image": "b", "owner": "y"}))
    with DAG("second", schedule=None, default_args={"retries": 3}) as made:
        Operator(task_id="t", image="b", owner="y", executor_config={"a": 1})
    copied, plain = vars(dag.get_task("t")), vars(made.get_task("t"))
    assert set(copied) == set(plain)
    assert {name for name in plain if copied[name] != plain[name]} <= {"_dag", "task_group", "start_date"}
    assert set(TIES) <= set(plain)
    assert copied["_dag"] is dag
    assert vars(pattern.task)["image"] == "a"
    shared = [name for name, value in copied.items() if type(value) in (dict, list, set)]
    assert all(copied[name] is not vars(pattern.task)[name] for name in shared)


def test_encode_operators(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = OperatorSerialization.serialize_operator
    # Whatever an earlier test installed is put back.
    monkeypatch.setattr(OperatorSerialization, "serialize_operator", staticmethod(plain))
    if getattr(plain, "golden_images", False):
        inner = inspect.getclosurevars(plain).nonlocals["plain"]
        monkeypatch.setattr(OperatorSerialization, "serialize_operator", staticmethod(inner))
    asked: list[str] = []

    def encode(task: Any, airflows: Encode) -> dict[str, Any]:
        asked.append(task.task_id)
        return airflows(task)

    with DAG("one", schedule=None) as dag:
        Operator(task_id="t", image="a", outlets=[Asset("x")])
    before = DagSerialization.to_dict(dag)
    encode_operators(encode)
    encode_operators(encode)
    assert DagSerialization.to_dict(dag) == before
    assert asked == ["t"]
    assert before["dag"]["tasks"][0]["__var"]["outlets"] == encoded([Asset("x")])


def test_the_types_of_runs() -> None:
    said = {one.value for one in DagRunType}
    assert {ASSET_TRIGGERED, BACKFILL, MANUAL} <= said
    assert (DagRunType.MANUAL, DagRunType.BACKFILL_JOB) == (MANUAL, BACKFILL)
    assert DagRunType.ASSET_TRIGGERED == ASSET_TRIGGERED


def test_params_are_checked_when_they_are_made() -> None:
    with pytest.raises(ParamValidationError):
        checked_params({"force": Param("perhaps", type="boolean")})


def test_set_params() -> None:
    params = checked_params({"force": Param(False, type="boolean")})
    with DAG("one", schedule=None) as dag:
        Operator(task_id="t", image="a")
    set_params(dag, params)
    stored = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    assert stored.params.dump() == {"force": False}
    assert not dag.get_task("t").params.dump()


class Timed(WokenByOne):
    partitioned = True

    def date_of(self, partition_key: str) -> datetime:
        return datetime.fromisoformat(partition_key).replace(tzinfo=UTC)


def test_a_timetable_that_one_asset_wakes() -> None:
    asset = Asset(name="golden/base", uri="x-golden-image://release/base")
    timetable: Timetable = Timed(asset)
    assert [one.name for one in timetable.asset_condition.objects] == ["golden/base"]  # type: ignore[attr-defined]
    assert timetable.asset_condition.as_expression() is None, "the UI shows the timetable's summary"
    assert timetable.resolve_partition_date("2026-11-23") == datetime(2026, 11, 23, tzinfo=UTC)
    with pytest.raises(InvalidPartitionKeyError, match="nonsense"):
        timetable.resolve_partition_date("nonsense")
    assert list(Timed(None).asset_condition.objects) == []  # type: ignore[attr-defined]


def test_an_encoded_asset() -> None:
    asset = Asset(name="golden/base", uri="x-golden-image://release/base", group="golden-image")
    decoded = decode_asset(encode_asset(asset))
    assert (decoded.name, decoded.uri, decoded.group) == (asset.name, asset.uri, asset.group)
    assert encode_asset(decoded) == encode_asset(asset)


def test_backfills(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is passed is what they take; :mod:`tests.integration.test_backfill` runs them."""
    passed: dict[str, dict[str, Any]] = {}

    def standing_in(name: str, result: Any) -> None:
        signature = inspect.signature(getattr(airflows_backfill, name))

        def taken(*args: Any, **kwargs: Any) -> Any:
            passed[name] = signature.bind(*args, **kwargs).arguments
            return result

        monkeypatch.setattr(airflows_backfill, name, taken)

    standing_in("_do_dry_run", [SimpleNamespace(partition_key="key")])
    standing_in("_create_backfill", SimpleNamespace(id=7))
    window = ("golden_images.web", datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
    how: dict[str, Any] = {"reprocess": "failed", "backwards": True, "conf": {"cascade": True}}
    assert backfills.keys(*window, **how) == ["key"]
    assert backfills.create(*window, **how, max_active_runs=3, user="alice") == 7
    for arguments in passed.values():
        assert arguments["dag_run_conf"] == {"cascade": True}
        assert (arguments["from_date"], arguments["to_date"]) == window[1:]
    assert passed["_create_backfill"]["triggering_user_name"] == "alice"
    assert sorted(backfills.REPROCESS) == sorted(airflows_backfill.ReprocessBehavior)


@pytest.fixture
def database() -> Iterator[Connection]:
    """Airflow's tables, as its models say, without what they refer to."""
    engine = create_engine("sqlite://")
    models = (DagRun, DagRunNote, TaskInstance, XComModel)
    Base.metadata.create_all(engine, tables=[model.__table__ for model in models])  # type: ignore[list-item]
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_the_tables_of_a_run(database: Connection) -> None:
    run: Any = SimpleNamespace(id=1, dag_id="golden_images.web", run_id="run")
    at = {"dag_id": run.dag_id, "run_id": run.run_id, "map_index": -1}
    for task, minute, state in (("test", 2, "failed"), ("sbom", 1, "failed"), ("lint", 0, "success")):
        ended = datetime(2026, 11, 23, 2, minute, tzinfo=UTC)
        fields = {"id": UUID(int=minute), "task_id": task, "state": state, "end_date": ended}
        _insert(database, TaskInstance, **at | fields)
    for task, key in (("resolve", "return_value"), ("resolve", "other"), ("lint", "return_value")):
        value = XComModel.serialize_value({"said": task})
        _insert(database, XComModel, **at, dag_run_id=1, task_id=task, key=key, value=value)
    assert metadata.failed_tasks(database, run) == ["sbom", "test"]
    assert metadata.results(database, run, ("resolve", "release")) == {"resolve": {"said": "resolve"}}
    assert metadata.results(database, run, ("resolve", "lint"), "other") == {"resolve": {"said": "resolve"}}
    assert metadata.note(database, run) is None
    metadata.write_note(database, run, "first", instead=False)
    metadata.write_note(database, run, "second", instead=True)
    assert metadata.note(database, run) == "second"


def _insert(connection: Connection, model: Any, **values: Any) -> None:
    """With anything for what may not be empty and has no default."""
    for column in model.__table__.columns:
        if not column.nullable and column.default is None and column.server_default is None:
            values.setdefault(column.name, 0)
    connection.execute(model.__table__.insert().values(**values))


def test_may_read_dag(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.api_fastapi.core_api import security
    from fastapi import HTTPException

    class Manager:
        def is_authorized_dag(self, *, method: str, access_entity: Any, details: Any, user: Any) -> bool:
            return (method, details.id, user) == ("GET", "golden_images.web", "alice")

    monkeypatch.setattr(security, "get_auth_manager", Manager)
    monkeypatch.setattr(security.DagModel, "get_team_name", lambda dag_id: None)
    request: Any = SimpleNamespace(path_params={}, query_params={})
    user: Any = "alice"
    access.may_read_dag("golden_images.web", request, user)
    with pytest.raises(HTTPException) as caught:
        access.may_read_dag("golden_images.other", request, user)
    assert caught.value.status_code == 403
