"""The advisories' DAG in a real Airflow: what is new wakes who waits for it, a broken source fails alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from golden_images.adapters.catalog import SqlCatalog
from local.stack import database
from local.stack.stack import Stack
from tests.fakes.advisories import pypi, record, zipped
from tests.services.airflow_stack import copy_project, private_stack, state_folder, wait_for_dags
from tests.services.stack_faults import eventually
from tests.services.web import Page, WebService, web_service

pytestmark = [pytest.mark.airflow, pytest.mark.docker, pytest.mark.registry]

DAG_ID = "golden_images.advisories"
LISTENER = """
from airflow.sdk import DAG, Asset, task

waited_for = Asset("golden/advisories", uri="x-golden-image://advisories")
with DAG("listener", schedule=[waited_for], is_paused_upon_creation=False):

    @task
    def hear(triggering_asset_events=None):
        return [event.extra for event in triggering_asset_events[waited_for]]

    hear()
"""


@pytest.fixture(scope="module")
def web() -> Iterator[WebService]:
    with web_service() as service:
        service.pages["/Debian/all.zip"] = Page(zipped(record(modified="2024-11-20T10:00:00Z")), etag='"1"')
        yield service


@pytest.fixture(scope="module")
def stack(web: WebService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    project = copy_project(tmp_path_factory.mktemp("project"))
    for path in (project / "include" / "images").glob("*.yaml"):
        path.unlink()
    (project / "dags" / "listener.py").write_text(LISTENER)
    sources = "".join(
        f"    - {{name: osv, ecosystem: {one}, url: '{web.url(f'/{one}/all.zip')}'}}\n"
        for one in ("Debian", "PyPI")
    )
    (project / "include" / "golden_images.yaml").write_text(
        f"schema: 1\nadvisories:\n  nightly: null\n  sources:\n{sources}"
    )
    with private_stack(project, state_folder("advisories", tmp_path_factory)) as stack:
        wait_for_dags(stack, {DAG_ID, "listener"})
        yield stack


def test_a_broken_source_fails_alone_and_what_is_new_is_heard_once(stack: Stack, web: WebService) -> None:
    run = stack.client.trigger(DAG_ID)
    assert stack.client.wait(DAG_ID, run)["state"] == "failed"
    states = stack.client.task_states(DAG_ID, run)
    assert states == {
        "osv-Debian": "success",
        "osv-PyPI": "failed",
        "announce": "success",
        "all": "upstream_failed",
    }
    catalog = SqlCatalog.from_url(database.url(stack.state, "golden_images"))
    (made,) = catalog.databases("osv")
    assert stack.client.xcom(DAG_ID, run, "osv-Debian")["digest"] == made.digest
    eventually(lambda: stack.client.runs("listener", ["success"]), "the listener hears of it")
    (heard,) = stack.client.runs("listener")
    assert stack.client.xcom("listener", heard["dag_run_id"], "hear") == [{"digests": [made.digest]}]

    again = stack.client.trigger(DAG_ID)
    web.pages["/PyPI/all.zip"] = Page(zipped(pypi(modified="2024-11-20T10:00:00Z")))
    assert stack.client.wait(DAG_ID, again)["state"] == "success"
    assert stack.client.xcom(DAG_ID, again, "osv-Debian")["new"] is False
    eventually(lambda: len(stack.client.runs("listener", ["success"])) == 2, "it hears of the other")
    assert [one.records for one in catalog.databases("osv")] == [2, 1]
    assert [status for path, status, _ in web.answers if path == "/Debian/all.zip"] == [200, 304]
