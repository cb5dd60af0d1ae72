"""The advisories' DAG: when there is one, and what its tasks do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG, TriggerRule
from airflow.sdk.bases.operator import ExecutorSafeguard
from airflow.sdk.execution_time.context import OutletEventAccessors
from airflow.serialization.serialized_objects import DagSerialization

from golden_images.advisories.content import Content
from golden_images.advisories.formats import osv
from golden_images.operators.outcome import TaskStopped
from golden_images.scheduling.assets import advisories_asset
from tests.fakes.advisories import NOW as BEGAN
from tests.fakes.advisories import record, store, written, zipped
from tests.fakes.world import World
from tests.services.web import Page, WebService, web_service

Dags = Callable[..., dict[str, DAG]]

DAG_ID = "golden_images.advisories"
ROOT = "schema: 1\nname: {}\ndescription: D.\nowner: team\nbase: {{bootstrap: {{suite: bookworm}}}}\n"


@pytest.fixture
def web() -> Iterator[WebService]:
    with web_service() as service:
        yield service


def organisation(web: WebService, more: str = "") -> str:
    return (
        "schema: 1\nadvisories:\n  sources:\n"
        f"    - {{name: osv, ecosystem: Debian, url: '{web.url('/Debian/all.zip')}'}}\n"
        f"    - {{name: trivy, reference: 'mirror.test/trivy-db:2'}}\n{more}"
    )


@pytest.fixture
def dag(dags_of: Dags, web: WebService) -> DAG:
    return dags_of(organisation(web), root=ROOT.format("root"))[DAG_ID]


def test_without_sources_there_is_none(dags_of: Dags) -> None:
    assert set(dags_of(root=ROOT.format("root"))) == {"golden_images.root"}


def test_each_source_is_a_task_and_the_news_are_told_whatever_fails(dag: DAG) -> None:
    assert set(dag.task_dict) == {"osv-Debian", "trivy", "announce", "all"}
    assert dag.task_dict["announce"].trigger_rule == TriggerRule.ALL_DONE
    for task in ("announce", "all"):
        assert dag.task_dict[task].upstream_task_ids == {"osv-Debian", "trivy"}
    # The run's state is that of its last tasks: one that failed shows.
    assert dag.task_dict["all"].trigger_rule == TriggerRule.ALL_SUCCESS
    assert dag.task_dict["osv-Debian"].retries == 3
    assert dag.is_paused_upon_creation is False
    assert "| osv Debian | `http://127.0.0.1" in (dag.doc_md or "")
    DagSerialization.to_dict(dag)


@pytest.mark.parametrize(
    ("nightly", "periodic", "told"),
    [("'30 0 * * *'", True, "CronTriggerTimetable"), ("null", False, "NullTimetable")],
)
def test_it_runs_when_the_organisation_says(
    dags_of: Dags, web: WebService, nightly: str, periodic: bool, told: str
) -> None:
    text = organisation(web).replace("  sources:", f"  nightly: {nightly}\n  sources:")
    timetable = dags_of(text)[DAG_ID].timetable
    assert (type(timetable).__name__, getattr(timetable, "expression", "30 0 * * *")) == (told, "30 0 * * *")
    assert timetable.can_be_scheduled is periodic


def test_at_a_tasks_start_it_alone_is_made(
    dags_of: Dags, web: WebService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", DAG_ID)
    assert set(dags_of(organisation(web), root=ROOT.format("root"))) == {DAG_ID}


@pytest.mark.parametrize("name", ["advisories", "rescan"])
@pytest.mark.parametrize("sources", [True, False])
def test_an_image_of_a_reserved_name_says_so_and_costs_itself(
    dags_of: Dags, web: WebService, name: str, sources: bool
) -> None:
    given = organisation(web) if sources else "schema: 1\n"
    dags = dags_of(given, **{name: ROOT.format(name), "root": ROOT.format("root")})
    (broken,) = (one for id_, one in dags.items() if id_.startswith(f"golden_images.{name}."))
    assert "is reserved" in (broken.doc_md or "")
    assert "golden_images.root" in dags
    assert (DAG_ID in dags) is sources
    if sources:
        assert "Looks at each source" in (dags[DAG_ID].doc_md or "")


class TestTasks:
    @pytest.fixture
    def world(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
        made = World(tmp_path, scans=False)
        monkeypatch.setattr("golden_images.wiring.ports", lambda _: made.ports())
        return made

    def run(self, dag: DAG, task: str) -> tuple[Any, Any]:
        """What it returns, and the events that it emits."""
        operator: Any = dag.task_dict[task].prepare_for_execution()
        events = OutletEventAccessors()
        ti = SimpleNamespace(dag_id=DAG_ID, run_id="run", task_id=task)
        context = {"ti": ti, "outlet_events": events, "dag_run": SimpleNamespace(start_date=BEGAN)}
        sentinel = {f"{type(operator).__name__}__sentinel": ExecutorSafeguard.sentinel_value}
        result = operator.execute(context, **sentinel)
        return result, (operator.outlets, events)

    def test_a_source_is_imported_and_summed_up(self, dag: DAG, web: WebService, world: World) -> None:
        web.pages["/Debian/all.zip"] = Page(zipped(record()), etag='"1"')
        first, _ = self.run(dag, "osv-Debian")
        again, _ = self.run(dag, "osv-Debian")
        (database,) = world.catalog.databases("osv")
        assert first == {
            "name": "osv",
            "digest": database.digest,
            "built": "2026-11-20T10:00:00Z",
            "records": 1,
            "new": True,
        }
        assert again == {**first, "new": False}

    def test_one_that_gives_nothing_fails(self, dag: DAG, world: World) -> None:
        with pytest.raises(TaskStopped, match="was not fetched"):
            self.run(dag, "osv-Debian")

    @pytest.mark.parametrize(
        ("imported", "told"),
        [(-3600, False), (-60, True), (60, True)],
        ids=["before", "clocks differ", "in it"],
    )
    def test_news_of_this_run_and_nothing_else_wake(
        self, dag: DAG, world: World, imported: int, told: bool
    ) -> None:
        """Also where the task that imported it was killed right behind, and found nothing new then."""
        made = store(
            registry=world.registry, catalog=world.catalog, now=lambda: BEGAN + timedelta(seconds=imported)
        ).put(self.content(world), "all.zip")
        result, (outlets, events) = self.run(dag, "announce")
        assert result == ([made.database.digest] if told else [])
        assert outlets == ([advisories_asset()] if told else [])
        if told:
            assert events[advisories_asset()].extra == {"digests": [made.database.digest]}

    def test_what_is_not_current_is_no_news(self, dag: DAG, world: World) -> None:
        ours = store(registry=world.registry, catalog=world.catalog, now=lambda: BEGAN)
        ours.put(self.content(world), "all.zip")
        second = ours.put(self.content(world, record("DEBIAN-CVE-2026-2")), "all.zip").database
        assert self.run(dag, "announce")[0] == [second.digest]

    def test_without_databases_there_is_no_news(self, dag: DAG, world: World) -> None:
        result, (outlets, _) = self.run(dag, "announce")
        assert (result, outlets) == ([], [])

    def content(self, world: World, *more: dict[str, Any]) -> Content:
        return osv.archive(written(world.contexts / "all.zip", record(), *more))
