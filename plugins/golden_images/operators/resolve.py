"""Resolve as a task: the run's partition key, params and type become a request; its answer a plan."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import SkipMixin

from golden_images.airflow_internals.runs import ASSET_TRIGGERED, BACKFILL, MANUAL
from golden_images.operators.base import ImageOperator
from golden_images.operators.base_watch import RUN_PREFIX
from golden_images.operators.cascade import cascade, wanted

if TYPE_CHECKING:
    from airflow.sdk import Context

    from golden_images.core.organisation import Organisation
    from golden_images.planning.request import Request
    from golden_images.ports import Ports


class ResolveOperator(ImageOperator, SkipMixin):
    """Ends well, and skips every stage, when there is nothing to do."""

    #: Airflow skips what this task skipped also when that is cleared later, without this task.
    inherits_from_skipmixin = True

    def work(self, context: Context, organisation: Organisation, ports: Ports) -> dict[str, str]:
        from golden_images.pipeline import RESOLVE

        request = self.request(context, organisation)
        resolution = RESOLVE.perform(request, ports)
        reason = str(resolution.reason)
        outputs = {"reason": reason, "why": str(resolution.reason.why)}
        if not resolution.reason.why.runs or resolution.plan_digest is None:
            # Skipping the others ends the task before Airflow stores what it returns.
            context["ti"].xcom_push(key="return_value", value=outputs)
            if resolution.existing is not None and wanted(context):
                # An earlier backfill made it without its children, or was cut off before them.
                cascade(context, self.project, self.image, resolution.existing.digest, request.date, self.say)
            # Here, and not in what Airflow logs of a skip: its page folds that away.
            self.say(f"nothing is built: {reason}")
            self.skip(context["ti"], self.get_flat_relatives(upstream=False))
            return outputs
        plan = resolution.plan
        judged = resolution.existing if plan.judges else None
        version = judged.version if judged else plan.version
        self.say(f"{'judges' if judged else 'builds'} {version}, {reason}")
        return outputs | {
            "plan": str(resolution.plan_digest),
            "build_id": plan.build_id,
            "version": version,
        }

    def request(self, context: Context, organisation: Organisation) -> Request:
        """Raises DefinitionError if the definition has been broken since the DAG was made, InputError
        for a conf or a partition key that is wrong."""
        from golden_images.core.note import MAX_ACTOR, tidy
        from golden_images.errors import DefinitionError, InputError
        from golden_images.pipeline import demands
        from golden_images.planning.asked import Asked
        from golden_images.planning.request import Request
        from golden_images.project import IMAGES, load
        from golden_images.rulebook import policy_of, waivers_of

        run: Any = context["dag_run"]
        asked, now = Asked.of(context["params"]), datetime.now(UTC)
        project = load(Path(self.project), only=self.image)
        if self.image in project.broken:
            raise DefinitionError(project.broken[self.image])
        if self.image not in project.definitions:
            raise InputError(
                f"there is no definition {self.image!r} any more",
                cause=f"{project.root / IMAGES} has no {self.image}.yaml",
                remedy="restore the file, or let the DAG go",
            )
        digest, date = asked.version(run.partition_key, now)
        definition = project.definitions[self.image]
        return Request(
            organisation=organisation,
            definition=definition,
            contexts=project.contexts,
            run_id=run.run_id,
            now=now,
            date=date or run.run_after.astimezone(UTC),
            log=self.say,
            demands=demands(definition),
            policy=policy_of(project, definition),
            waivers=waivers_of(project, self.image, now),
            base_digest=digest,
            event=run.run_type == ASSET_TRIGGERED or run.run_id.startswith(RUN_PREFIX),
            backfill=run.run_type == BACKFILL or bool(asked.backfill),
            force=asked.force,
            finding=asked.finding,
            note=tidy(asked.reason),
            actor=tidy(run.triggering_user_name or "", MAX_ACTOR) if run.run_type == MANUAL else "",
        )
