"""Promote as a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golden_images.operators.stage import StageOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from golden_images.job import Job, Report


class PromoteOperator(StageOperator):
    ui_color = "#bbf7d0"

    def after(self, context: Context, job: Job, report: Report) -> None:
        """The last task: a run that had failed, and was cleared, has ended well."""
        del report
        run_id = str(context["ti"].run_id)
        self.ports(job.organisation).catalog().clear_failure(job.definition.name, run_id)
