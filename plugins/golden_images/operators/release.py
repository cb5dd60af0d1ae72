"""Release as a task: the one that wakes the image's children, or backfills them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import Context

from golden_images.core.digest import Digest
from golden_images.operators.cascade import cascade, wanted
from golden_images.operators.stage import StageOperator

if TYPE_CHECKING:
    from golden_images.job import Job, Report


class ReleaseOperator(StageOperator):
    """Its outlet is the image's asset. An event carries the release as partition key."""

    def after(self, context: Context, job: Job, report: Report) -> None:
        from golden_images.core.partition import PartitionKey
        from golden_images.scheduling.assets import release_asset

        if job.plan.backfill:
            self._wake_nobody("a backfill wakes no children")
            if wanted(context):
                # Also when the result was an older release's: the children may not stand on it yet.
                digest = Digest(report.outputs["digest"])
                cascade(context, self.project, self.image, digest, job.plan.date, self.say)
            return
        if report.outputs.get("released") != "yes":
            self._wake_nobody("no new release, so no children are woken")
            return
        subject = job.subject()
        released = PartitionKey(datetime.fromisoformat(report.outputs["released_at"]), subject.digest)
        event: Any = context["outlet_events"][release_asset(self.image)]
        event.add_partitions(str(released))
        event.extra = {
            "version": report.outputs["version"],
            "digest": str(subject.digest),
            "build_id": job.plan.build_id,
        }

    def _wake_nobody(self, why: str) -> None:
        # Airflow emits an event for every outlet of a task that succeeds, with the run's own key if
        # the task gave none. Only a task without outlets emits nothing; this is the running copy.
        self.outlets = []
        self.say(why)
