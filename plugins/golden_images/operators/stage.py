"""One stage of the pipeline as a task: plan and candidate by digest in, a few strings out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golden_images.operators.base import ImageOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from golden_images.core.organisation import Organisation
    from golden_images.job import Job, Report
    from golden_images.ports import Ports

RESOLVE = "resolve"
BUILD = "build"


class StageOperator(ImageOperator):
    """Runs the row ``stage`` of the table. ``after_build``: there is a candidate by then.

    ``plan`` and ``candidate`` are templates so that the task's page shows the digests it worked on.
    """

    template_fields = (*ImageOperator.template_fields, "plan", "candidate")

    def __init__(self, *, stage: str, after_build: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stage = stage
        self.plan = _output(RESOLVE, "plan")
        self.candidate = _output(BUILD, "digest") if after_build else None

    def work(self, context: Context, organisation: Organisation, ports: Ports) -> dict[str, str]:
        from golden_images.errors import StageFailed
        from golden_images.operators.addresses import addresses
        from golden_images.pipeline import stage

        job = self.job(organisation, ports)
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

    def job(self, organisation: Organisation, ports: Ports) -> Job:
        from golden_images import jobs
        from golden_images.core.digest import Digest
        from golden_images.errors import InputError

        if not self.plan:
            raise InputError(
                "this run has no build plan",
                cause="resolve decided that there is nothing to build, or has not run",
                remedy="clear resolve, or trigger a new run with force",
            )
        return jobs.from_plan(
            organisation,
            self.image,
            Digest(self.plan),
            ports.registry(),
            stage=self.stage,
            owner=self._owner,
            log=self.say,
            candidate=Digest(self.candidate) if self.candidate else None,
        )

    def after(self, context: Context, job: Job, report: Report) -> None:
        """What a stage tells Airflow beyond its outputs; nothing by default."""
        del context, job, report


def _output(task: str, key: str) -> str:
    return f"{{{{ (ti.xcom_pull(task_ids='{task}') or {{}}).get('{key}', '') }}}}"
