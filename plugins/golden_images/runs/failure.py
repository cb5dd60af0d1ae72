"""A run that failed for good is written down, and told to whom the organisation's file names.

Airflow calls this in the dag-processor, once for each run that fails: not for a try that is tried again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from golden_images.core.organisation import Alert
from golden_images.errors import GoldenImagesError, InputError
from golden_images.operators.stopped import KEY, Stopped, stopped

if TYPE_CHECKING:
    from golden_images.core.release import Failure

_log = logging.getLogger(__name__)

Context = Mapping[str, Any]


class FailureTold:
    """One for all images of a project. ``catalog`` is the catalog's Connection id."""

    def __init__(self, catalog: str, alerts: tuple[Alert, ...]) -> None:
        self.catalog = catalog
        self.alerts = alerts

    def __call__(self, context: Context) -> None:
        failure = failure_of(context)
        told = dict(context) | {"alert": sentence(failure, _why(context))}
        # What fails here must not keep the others from being told.
        _guarded("written down", lambda: self._record(failure))
        for alert in self.alerts:
            _guarded(f"told by {alert.notifier}", lambda alert=alert: notifier(alert)(told))  # type: ignore[misc]

    def _record(self, failure: Failure) -> None:
        from golden_images.wiring import catalog

        catalog(self.catalog).record_failure(failure)


def failure_of(context: Context) -> Failure:
    """``context`` is a DAG's, of a callback: with the task that failed last, if one did."""
    from golden_images.core.release import Failure
    from golden_images.scheduling.naming import image_of

    dag_id = context["dag"].dag_id
    ti = context.get("ti")
    return Failure(
        image=image_of(dag_id) or dag_id,
        run_id=str(context["run_id"]),
        at=datetime.now(UTC),
        stage=str(ti.task_id) if ti is not None else "",
    )


def sentence(failure: Failure, why: Stopped | None = None) -> str:
    """What a notifier's template has as ``alert``: one line, with the addresses of the task and of its
    report behind it, as far as they are known."""
    text = f"{failure.image}: the run {failure.run_id} failed"
    if why is None:
        return text
    text += f" in {why.task}" + (f": {why.problem}" if why.problem else "")
    # Read elsewhere, an address without a host leads nowhere.
    return " ".join((text, *(one for one in (why.page, why.report) if "://" in one)))


def _why(context: Context) -> Stopped | None:
    """Of the task that failed last, if one did."""
    ti = context.get("ti")
    if ti is None:
        return None
    left = None
    try:
        left = ti.xcom_pull(task_ids=ti.task_id, key=KEY)
    except Exception:
        _log.exception("why %s failed is not told", ti.task_id)
    return stopped(context["dag"].dag_id, str(context["run_id"]), str(ti.task_id), left)


def notifier(alert: Alert) -> Any:
    """Raises InputError if what is named is no notifier of Airflow's, or takes other arguments."""
    from airflow.sdk import BaseNotifier

    module, _, name = alert.notifier.rpartition(".")
    try:
        found = getattr(import_module(module), name)
        if not (isinstance(found, type) and issubclass(found, BaseNotifier)):
            raise TypeError("it is no BaseNotifier")
        made: Any = found
        return made(**alert.args)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise InputError(
            f"{alert.notifier} cannot tell of failures",
            cause=str(error),
            remedy="mend alerts in include/golden_images.yaml",
        ) from None


def _guarded(what: str, work: Callable[[], object]) -> None:
    try:
        work()
    except GoldenImagesError as error:
        _log.error("a failure was not %s: %s", what, error)
    except Exception:
        _log.exception("a failure was not %s", what)
