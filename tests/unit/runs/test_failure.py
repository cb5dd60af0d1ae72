"""A failed run is written down and told; whatever fails in that keeps nobody else from being told."""

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG, BaseNotifier

from golden_images.core.organisation import Alert
from golden_images.errors import CatalogError, InputError
from golden_images.runs.failure import FailureTold, notifier
from tests.fakes.catalog import FakeCatalog

HERE = f"{__name__}.Recorder"
told: list[tuple[str, str]] = []


class Recorder(BaseNotifier):
    template_fields = ("text",)

    def __init__(self, text: str, channel: str = "images") -> None:
        super().__init__()
        self.text = text
        self.channel = channel

    def notify(self, context: Any) -> None:
        del context
        told.append((self.channel, self.text))


@pytest.fixture
def catalog(monkeypatch: pytest.MonkeyPatch) -> FakeCatalog:
    told.clear()
    made = FakeCatalog()
    monkeypatch.setattr("golden_images.wiring.catalog", lambda conn_id: made)
    return made


def context(task: str | None = "test", **left: Any) -> dict[str, Any]:
    """``left`` are the task's XComs by key."""

    def pull(*, task_ids: str, key: str) -> Any:
        assert task_ids == task
        return left.get(key)

    dag = DAG("golden_images.web", schedule=None)
    ti = {"ti": SimpleNamespace(task_id=task, xcom_pull=pull)} if task else {}
    return {"dag": dag, "run_id": "manual__1", "reason": "task_failure", **ti}


def test_a_failure_is_written_down_with_its_stage_and_told(catalog: FakeCatalog) -> None:
    alert = Alert(notifier=HERE, args={"text": "{{ alert }}"})
    FailureTold("catalog", (alert,))(context())
    failure = catalog.failures(["web"])["web"]
    assert (failure.run_id, failure.stage) == ("manual__1", "test")
    assert told == [("images", "web: the run manual__1 failed in test")]


def test_an_alert_says_why_and_leads_to_task_and_report(
    catalog: FakeCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = {"problem": "web: 1 test passed, at least 2 are wanted", "report": "https://airflow/r"}
    FailureTold("catalog", (Alert(notifier=HERE, args={"text": "{{ alert }}"}),))(context(stopped=left))
    text = "web: the run manual__1 failed in test: 1 test passed, at least 2 are wanted"
    assert told.pop() == ("images", f"{text} https://airflow/r")
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow/")
    FailureTold("catalog", (Alert(notifier=HERE, args={"text": "{{ alert }}"}),))(context(stopped=left))
    page = "https://airflow/dags/golden_images.web/runs/manual__1/tasks/test"
    assert told.pop() == ("images", f"{text} {page} https://airflow/r")


def test_what_a_task_left_in_another_form_keeps_nobody_from_being_told(catalog: FakeCatalog) -> None:
    broken = context()
    broken["ti"].xcom_pull = None
    for one in (broken, context(stopped="text"), context(stopped={"problem": None})):
        FailureTold("catalog", (Alert(notifier=HERE, args={"text": "{{ alert }}"}),))(one)
        assert told.pop() == ("images", "web: the run manual__1 failed in test")


def test_a_run_without_a_failed_task_is_told_as_a_whole(catalog: FakeCatalog) -> None:
    FailureTold("catalog", (Alert(notifier=HERE, args={"text": "{{ alert }}"}),))(context(task=None))
    assert catalog.failures(["web"])["web"].stage == ""
    assert told == [("images", "web: the run manual__1 failed")]


def test_who_can_be_told_is_told_whatever_fails(
    catalog: FakeCatalog, caplog: pytest.LogCaptureFixture
) -> None:
    catalog.down = True
    alerts = (
        Alert(notifier="no.such.Notifier"),
        Alert(notifier=HERE, args={"nonsense": 1}),
        Alert(notifier=HERE, args={"text": "{{ 1 / 0 }}"}),
        Alert(notifier=HERE, args={"text": "down", "channel": "ops"}),
    )
    FailureTold("catalog", alerts)(context())
    assert told == [("ops", "down")]
    assert "mend alerts" in caplog.text
    with pytest.raises(CatalogError):
        catalog.failures(["web"])


@pytest.mark.parametrize("path", ["os.system", "pathlib.Path", "golden_images.nothing.Here"])
def test_only_a_notifier_of_airflows_is_made(path: str) -> None:
    with pytest.raises(InputError, match="cannot tell of failures"):
        notifier(Alert(notifier=path, args={}))
