"""What Airflow refuses, in our words."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from airflow.exceptions import DagNotFound
from airflow.models import backfill as theirs
from airflow.serialization.helpers import TimetableNotRegistered
from sqlalchemy.exc import OperationalError

from golden_images.errors import GoldenImagesError, InputError, ServiceError
from golden_images.scheduling.backfill import REPROCESS, AirflowBackfills, Window

WINDOW = Window("golden_images.web", datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airflow.utils.session.create_session", contextlib.nullcontext)


def raises(error: Exception) -> Callable[..., Any]:
    def fail(**_: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("theirs_", "ours", "text"),
    [
        (DagNotFound("Could not find dag"), InputError, "does not know this DAG"),
        (theirs.AlreadyRunningBackfill("Another one"), InputError, "there is a running backfill"),
        (theirs.NoBackfillRunsToCreate("No runs"), InputError, "nothing to backfill"),
        (theirs.InvalidBackfillDate("for future dates"), InputError, "for future dates"),
        (theirs.DagNonPeriodicScheduleException("does not support backfills"), InputError, "refuses"),
        (TimetableNotRegistered("x.Y"), ServiceError, "AIRFLOW__CORE__PLUGINS_FOLDER"),
        (OperationalError("select", {}, Exception("connection refused")), ServiceError, "connection refused"),
    ],
)
def test_every_refusal_is_an_error_of_ours(
    monkeypatch: pytest.MonkeyPatch, theirs_: Exception, ours: type[GoldenImagesError], text: str
) -> None:
    monkeypatch.setattr(theirs, "_create_backfill", raises(theirs_))
    monkeypatch.setattr(theirs, "_do_dry_run", raises(theirs_))
    backfills = AirflowBackfills()
    for call in (backfills.create, backfills.keys):
        with pytest.raises(ours, match=r"(?s).*") as caught:
            call(WINDOW)
        assert text in str(caught.value)
        assert caught.value.remedy or caught.value.cause


def test_what_airflow_prints_does_not_reach_the_results(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def talk(**_: object) -> list[Any]:
        print("Created backfill Dag run.")
        return []

    monkeypatch.setattr(theirs, "_do_dry_run", talk)
    assert AirflowBackfills().keys(WINDOW) == []
    assert capsys.readouterr().out == ""


def test_the_choices_are_airflows() -> None:
    assert sorted(REPROCESS) == sorted(theirs.ReprocessBehavior)
