"""Why a task stopped: left by the task for those who tell of it, the run's note and the alert."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from golden_images.core.note import tidy
from golden_images.errors import GoldenImagesError
from golden_images.scheduling.naming import image_of

#: The task's XCom; a try's are gone when the next begins.
KEY = "stopped"
#: Characters of a problem; a note and a message hold some of them.
_LIMIT = 240


@dataclass(frozen=True, slots=True)
class Stopped:
    """``problem`` is one line, empty where the task left no word: it was killed, or timed out. ``page`` is
    the task's in Airflow, ``report`` that of the evidence it made, if it did."""

    task: str
    page: str = ""
    problem: str = ""
    report: str = ""


def leave(ti: Any, report: Callable[[], str] = str) -> Callable[[GoldenImagesError], None]:
    """What writes an error down where :func:`stopped` finds it; ``ti`` is the running task's."""

    def told(error: GoldenImagesError) -> None:
        problem = tidy(": ".join(part for part in (error.what, error.cause) if part), _LIMIT)
        ti.xcom_push(key=KEY, value={"problem": problem, "report": report()})

    return told


def stopped(dag_id: str, run_id: str, task: str, left: Any) -> Stopped:
    """``left`` is the task's XCom, or None."""
    known: Mapping[str, Any] = left if isinstance(left, dict) else {}
    problem, report = (str(known.get(key) or "") for key in ("problem", "report"))
    # Where it is read, the image is named already.
    problem = problem.removeprefix(f"{image_of(dag_id)}: ")
    page = f"{base_url()}/dags/{dag_id}/runs/{quote(run_id, safe='')}/tasks/{task}"
    return Stopped(task, page, problem, report)


def base_url() -> str:
    """The address that Airflow knows itself by; empty without one: links then lead from its own pages."""
    from airflow.sdk import conf

    return str(conf.get("api", "base_url", fallback="") or "").rstrip("/")
