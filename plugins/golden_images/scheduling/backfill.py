"""Backfills as Airflow makes them, in this process: what ``airflow backfill create`` itself calls.

Airflow's REST API needs a login that a command line does not have, and its own command prints tables
for people and stack traces for refusals (``adr/0010-backfill.md``). Needs Airflow's settings in the
environment and its metadata database, as every command of Airflow's does.
"""

from __future__ import annotations

import contextlib
import getpass
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from golden_images.errors import InputError, ServiceError

#: What is done about versions that have a run already, by Airflow's names.
REPROCESS = ("none", "failed", "completed")


@dataclass(frozen=True, slots=True)
class Window:
    """What a backfill asks for; both bounds belong to it."""

    dag_id: str
    since: datetime
    until: datetime
    reprocess: str = "none"
    backwards: bool = False
    #: At one time, of this backfill; the DAG's own limit does not count them.
    max_active_runs: int = 10
    conf: Mapping[str, Any] = field(default_factory=dict)


class Backfills(Protocol):
    """Both raise InputError for what Airflow refuses, ServiceError if its database does not answer."""

    def keys(self, window: Window) -> list[str]:
        """Partition keys of the runs that a backfill would make now, in its order."""

    def create(self, window: Window) -> int:
        """Makes the backfill with its runs; its id."""


class AirflowBackfills:
    def keys(self, window: Window) -> list[str]:
        with _airflow():
            from airflow.models.backfill import ReprocessBehavior, _do_dry_run
            from airflow.utils.session import create_session

            with create_session() as session:
                infos = _do_dry_run(
                    dag_id=window.dag_id,
                    from_date=window.since,
                    to_date=window.until,
                    reverse=window.backwards,
                    reprocess_behavior=ReprocessBehavior(window.reprocess),
                    dag_run_conf=dict(window.conf),
                    session=session,
                )
                return [str(info.partition_key) for info in infos]

    def create(self, window: Window) -> int:
        with _airflow():
            from airflow.models.backfill import ReprocessBehavior, _create_backfill

            made = _create_backfill(
                dag_id=window.dag_id,
                from_date=window.since,
                to_date=window.until,
                max_active_runs=window.max_active_runs,
                reverse=window.backwards,
                dag_run_conf=dict(window.conf),
                triggering_user_name=_user(),
                reprocess_behavior=ReprocessBehavior(window.reprocess),
            )
            return made.id


@contextlib.contextmanager
def _airflow() -> Iterator[None]:
    """Airflow's errors as ours. What it logs goes to stderr: stdout is for results."""
    with contextlib.redirect_stdout(sys.stderr):
        from airflow.exceptions import DagNotFound, DeserializationError
        from airflow.models.backfill import AlreadyRunningBackfill, NoBackfillRunsToCreate
        from airflow.sdk.exceptions import AirflowException
        from airflow.serialization.helpers import TimetableNotRegistered
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except DagNotFound as error:
            raise InputError(
                "Airflow does not know this DAG",
                cause=str(error),
                remedy="its dag-processor reads new definitions within a minute; is this its environment?",
            ) from None
        except (TimetableNotRegistered, DeserializationError) as error:
            raise ServiceError(
                "Airflow cannot read its DAG in this environment",
                cause=str(error),
                remedy="give it the settings of your scheduler, AIRFLOW__CORE__PLUGINS_FOLDER among them",
                retryable=False,
            ) from None
        except AlreadyRunningBackfill as error:
            raise InputError(
                "there is a running backfill of this image",
                cause=str(error),
                remedy="wait until it has ended, or cancel it in Airflow's UI",
            ) from None
        except NoBackfillRunsToCreate as error:
            raise InputError(
                "there is nothing to backfill",
                cause=str(error),
                remedy="golden-images bases list shows what the ledger knows; bases sync and import fill it",
            ) from None
        except AirflowException as error:
            raise InputError("Airflow refuses this backfill", cause=str(error)) from None
        except SQLAlchemyError as error:
            raise ServiceError(
                "Airflow's database did not do its part",
                cause=str(getattr(error, "orig", None) or error).splitlines()[0],
                remedy="is this the environment of your Airflow (AIRFLOW_HOME, or --env-file)?",
            ) from None


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None
