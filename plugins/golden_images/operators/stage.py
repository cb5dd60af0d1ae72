"""One stage of the pipeline as a task. Plan and candidate are the catalog's, by image and run; what it
returns is for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golden_images.operators.base import ImageOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from golden_images.core.organisation import Organisation
    from golden_images.job import Job, Report
    from golden_images.ports import Ports


class StageOperator(ImageOperator):
    """Runs the row ``stage`` of the table.

    ``plan`` and ``candidate`` are no templates but named as such: Airflow shows on the task's page what
    they are when it has ended, the digests that it worked on.
    """

    template_fields = (*ImageOperator.template_fields, "plan", "candidate")
    overwrite_rtif_after_execution = True

    def __init__(self, *, stage: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stage = stage
        self.plan = ""
        self.candidate = ""

    def work(self, context: Context, organisation: Organisation, ports: Ports) -> dict[str, str]:
        from golden_images.errors import StageFailed
        from golden_images.operators.addresses import addresses
        from golden_images.pipeline import stage

        job = self.job(context, organisation, ports)
        self.plan = str(job.plan_digest)
        self.candidate = str(job.subject().digest) if job.candidate else ""
        try:
            report = stage(self.stage).perform(job, ports)
        except StageFailed:
            # The report says why, and the people who are to mend it need it most.
            self.made = addresses(job, ports)
            raise
        self.say(report.summary)
        self.made = addresses(job, ports, built=report.outputs.get("digest", ""))
        self.after(context, job, report)
        if not self.downstream_task_ids:
            # The last task: a run that had failed, and was cleared, has ended well.
            ports.catalog().clear_failure(self.image, str(context["ti"].run_id))
        return dict(report.outputs)

    def job(self, context: Context, organisation: Organisation, ports: Ports) -> Job:
        from golden_images import jobs

        run_id = str(context["ti"].run_id)
        return jobs.of_run(
            organisation, self.image, run_id, ports, stage=self.stage, owner=self._owner, log=self.say
        )

    def after(self, context: Context, job: Job, report: Report) -> None:
        """What a stage tells Airflow beyond its outputs; nothing by default."""
        del context, job, report
