"""What ``airflow backfill create`` itself calls, with Airflow's refusals as errors of ours.

The functions are private, and are called in this process because Airflow's REST API needs a login that
a command line does not have (``adr/0010-backfill.md``).
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from golden_images.errors import InputError, ServiceError

#: What is done about versions that have a run already, by Airflow's names.
REPROCESS = ("none", "failed", "completed")


def keys(
    dag_id: str, since: datetime, until: datetime, *, reprocess: str, backwards: bool, conf: Mapping[str, Any]
) -> list[str]:
    """Partition keys of the runs that a backfill would make now, in its order. ``reprocess`` is one of
    :data:`REPROCESS`. Raises InputError, ServiceError."""
    with _airflow():
        from airflow.models.backfill import ReprocessBehavior, _do_dry_run
        from airflow.utils.session import create_session

        with create_session() as session:
            infos = _do_dry_run(
                dag_id=dag_id,
                from_date=since,
                to_date=until,
                reverse=backwards,
                reprocess_behavior=ReprocessBehavior(reprocess),
                dag_run_conf=dict(conf),
                session=session,
            )
            return [str(info.partition_key) for info in infos]


def create(
    dag_id: str,
    since: datetime,
    until: datetime,
    *,
    reprocess: str,
    backwards: bool,
    conf: Mapping[str, Any],
    max_active_runs: int,
    user: str | None,
) -> int:
    """Makes the backfill with its runs; its id. Raises InputError, ServiceError."""
    with _airflow():
        from airflow.models.backfill import ReprocessBehavior, _create_backfill

        made = _create_backfill(
            dag_id=dag_id,
            from_date=since,
            to_date=until,
            max_active_runs=max_active_runs,
            reverse=backwards,
            dag_run_conf=dict(conf),
            triggering_user_name=user,
            reprocess_behavior=ReprocessBehavior(reprocess),
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
