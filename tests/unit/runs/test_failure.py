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


def context(task: str | None = "test") -> dict[str, Any]:
    dag = DAG("golden_images.web", schedule=None)
    ti = {"ti": SimpleNamespace(task_id=task)} if task else {}
    return {"dag": dag, "run_id": "manual__1", "reason": "task_failure", **ti}


def test_a_failure_is_written_down_with_its_stage_and_told(catalog: FakeCatalog) -> None:
    alert = Alert(notifier=HERE, args={"text": "{{ alert }}"})
    FailureTold("catalog", (alert,))(context())
    failure = catalog.failures(["web"])["web"]
    assert (failure.run_id, failure.stage) == ("manual__1", "test")
    assert told == [("images", "web: the run manual__1 failed in test")]


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
