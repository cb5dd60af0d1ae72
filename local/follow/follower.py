"""Triggers the roots and follows every image; children are woken by Airflow's assets, not from here.

The one exception: a parent that released nothing emits no asset event, so its children's DAGs are
triggered, to hear from each that it is unchanged.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, Protocol

from local.follow.images import Ending, Image
from local.stack.rest import FINISHED

#: Seconds in which an asset event has to become a run of the child.
WAKE_SECONDS = 120.0
ACTIVE = ("queued", "running")


class Airflow(Protocol):
    """What following needs of the REST client."""

    def trigger(self, dag_id: str) -> str: ...

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]: ...

    def runs(self, dag_id: str) -> list[dict[str, Any]]: ...

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str]: ...

    def xcom(self, dag_id: str, run_id: str, task_id: str) -> Any: ...


class Follower:
    """``images`` has every image by name; parents that are not among them count as external."""

    def __init__(
        self, airflow: Airflow, images: dict[str, Image], *, wake_seconds: float = WAKE_SECONDS
    ) -> None:
        self._airflow = airflow
        self.images = images
        self._wake_seconds = wake_seconds
        #: Runs that had ended before: the demo is not about them.
        self._past: dict[str, set[str]] = {}

    @property
    def done(self) -> bool:
        return all(image.ending for image in self.images.values())

    def begin(self) -> None:
        """Remembers what was there, and starts every root."""
        for image in self.images.values():
            runs = self._airflow.runs(image.dag_id)
            self._past[image.name] = {run["dag_run_id"] for run in runs if run["state"] in FINISHED}
        for image in self.images.values():
            if self._parent(image) is None:
                self._start(image)

    def tick(self) -> None:
        """Looks once at everything that has not ended."""
        for image in self.images.values():
            if image.ending:
                continue
            if not image.run_id:
                self._await(image)
            if image.run_id:
                self._look(image)

    def _parent(self, image: Image) -> Image | None:
        return self.images.get(image.parent) if image.parent else None

    def _start(self, image: Image) -> None:
        """A run that is under way is followed instead of starting a second one."""
        image.run_id = self._new_run(image) or self._airflow.trigger(image.dag_id)

    def _await(self, image: Image) -> None:
        parent = self._parent(image)
        if parent is None or parent.ending is Ending.UNCHANGED:
            self._start(image)
            return
        if parent.ending in (Ending.FAILED, Ending.BLOCKED):
            image.ending, image.reason = Ending.BLOCKED, f"its base {parent.name} was not released"
        elif parent.ending is Ending.RELEASED:
            image.since = image.since or time.monotonic()
            image.run_id = self._new_run(image) or ""
            if not image.run_id and time.monotonic() - image.since > self._wake_seconds:
                image.ending = Ending.FAILED
                image.reason = (
                    f"{parent.name} was released, but its asset woke no run of {image.dag_id} "
                    f"within {self._wake_seconds:.0f} s"
                )

    def _new_run(self, image: Image) -> str | None:
        """The oldest run that had not ended when the demo began; nightly ticks of later are none."""
        runs = [run for run in self._airflow.runs(image.dag_id) if run["run_type"] != "backfill"]
        fresh = [run["dag_run_id"] for run in runs if run["dag_run_id"] not in self._past[image.name]]
        return fresh[-1] if fresh else None

    def _look(self, image: Image) -> None:
        from golden_images.job import Makes
        from golden_images.pipeline import RESOLVE, maker

        release = maker(Makes.RELEASE).name
        run = self._airflow.run(image.dag_id, image.run_id)
        image.tasks = self._airflow.task_states(image.dag_id, image.run_id)
        if run["state"] not in FINISHED:
            return
        image.seconds = _seconds(run)
        if run["state"] == "failed":
            image.ending, image.reason = (
                Ending.FAILED,
                f"failed: {', '.join(image.failed_tasks) or 'the run'}",
            )
            return
        answer = self._airflow.xcom(image.dag_id, image.run_id, RESOLVE.name) or {}
        why = str(answer.get("why", ""))
        image.reason = str(answer.get("reason", ""))
        if why == "superseded":
            # A newer version of the base is known; its run is the one that counts.
            self._past[image.name].add(image.run_id)
            newer = self._new_run(image)
            if newer:
                image.run_id = newer
                return
        if image.tasks.get(release) != "success":
            image.ending = Ending.UNCHANGED
            return
        released = self._airflow.xcom(image.dag_id, image.run_id, release) or {}
        image.ending = Ending.RELEASED if released.get("released") == "yes" else Ending.UNCHANGED


def _seconds(run: dict[str, Any]) -> float:
    try:
        start, end = (datetime.fromisoformat(run[key]) for key in ("start_date", "end_date"))
    except (KeyError, TypeError, ValueError):
        return 0.0
    return (end - start).total_seconds()
