"""One stage of the pipeline as a task: plan and candidate by digest in, a few strings out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golden_images.operators.base import ImageOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from golden_images.core.organisation import Organisation
    from golden_images.core.plan import BuildPlan
    from golden_images.job import Job, Report
    from golden_images.ports import Descriptor, Ports

RESOLVE = "resolve"
BUILD = "build"


class StageOperator(ImageOperator):
    """Runs the row ``stage`` of the table. ``after_build``: there is a candidate by then.

    ``plan`` and ``candidate`` are templates so that the task's page shows the digests it worked on.
    """

    template_fields = (*ImageOperator.template_fields, "plan", "candidate")
    ui_color = "#e8f0fe"

    def __init__(self, *, stage: str, after_build: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stage = stage
        self.plan = _output(RESOLVE, "plan")
        self.candidate = _output(BUILD, "digest") if after_build else None

    def work(self, context: Context, organisation: Organisation, ports: Ports) -> dict[str, str]:
        from golden_images.errors import StageFailed
        from golden_images.operators.addresses import addresses
        from golden_images.pipeline import stage

        job = self.job(context, organisation, ports)
        try:
            report = stage(self.stage).perform(job, ports)
        except StageFailed:
            # The report says why, and the people who are to mend it need it most.
            self.made = addresses(job, ports)
            raise
        self.say(report.summary)
        self.made = addresses(job, ports, built=report.outputs.get("digest", ""))
        self.after(context, job, report)
        return dict(report.outputs)

    def job(self, context: Context, organisation: Organisation, ports: Ports) -> Job:
        """The plan comes from the registry by digest: this worker may never have seen the project."""
        from pydantic import ValidationError

        from golden_images.core.digest import Digest
        from golden_images.errors import InputError
        from golden_images.images.plan_artifact import fetch
        from golden_images.job import Job
        from golden_images.pipeline import demands, schema

        if not self.plan:
            raise InputError(
                "this run has no build plan",
                cause="resolve decided that there is nothing to build, or has not run",
                remedy="clear resolve, or trigger a new run with force",
            )
        digest = Digest(self.plan)
        plan: BuildPlan = fetch(ports.registry(), organisation.repository(self.image), digest)
        try:
            definition = schema().model_validate(plan.definition)
        except ValidationError as error:
            raise InputError(
                "this run's definition cannot be read any more",
                cause=str(error.errors(include_url=False, include_input=False)[0]["msg"]),
                remedy="the schema has changed since resolve; trigger a new run",
            ) from None
        wanted = demands(definition)
        return Job(
            organisation=organisation,
            definition=definition,
            plan=plan,
            plan_digest=digest,
            owner=self._owner,
            log=self.say,
            demand=next((demand for demand in wanted if demand.stage == self.stage), None),
            demands=wanted,
            candidate=self._candidate(context),
        )

    def after(self, context: Context, job: Job, report: Report) -> None:
        """What a stage tells Airflow beyond its outputs; nothing by default."""
        del context, job, report

    def _candidate(self, context: Context) -> Descriptor | None:
        if not self.candidate:
            return None
        from golden_images.core.digest import Digest
        from golden_images.ports import Descriptor

        built = context["ti"].xcom_pull(task_ids=BUILD)
        return Descriptor(built["media_type"], Digest(built["digest"]), int(built["size"]))


def _output(task: str, key: str) -> str:
    return f"{{{{ (ti.xcom_pull(task_ids='{task}') or {{}}).get('{key}', '') }}}}"
