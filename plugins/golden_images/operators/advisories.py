"""The tasks of the advisories' DAG: each source is looked at by one, the last wakes who waits for news."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from airflow.sdk import BaseOperator

from golden_images.operators.outcome import RetryWhatMayHelp, errors_as_text

if TYPE_CHECKING:
    from airflow.sdk import Context


class AdvisoriesOperator(BaseOperator):
    """Imports what is new at one of the organisation's sources, ``source`` by its key. ``project`` is the
    folder that has include/."""

    ui_color = "#e8f0fe"

    def __init__(self, *, source: str, project: str, **kwargs: Any) -> None:
        super().__init__(retry_policy=RetryWhatMayHelp(), **kwargs)
        self.source = source
        self.project = project

    def execute(self, context: Context) -> dict[str, Any]:
        """A summary, for people."""
        from datetime import UTC, datetime

        from golden_images.advisories.store import Store
        from golden_images.advisories.sync import Sync
        from golden_images.core.words import moment
        from golden_images.errors import InputError
        from golden_images.operators.workspace import workspace
        from golden_images.project import load_organisation
        from golden_images.wiring import ports

        ti = context["ti"]
        with workspace(f"{ti.dag_id}/{ti.run_id}/{ti.task_id}"), errors_as_text(self.log):
            # Read anew: what the organisation names now holds.
            organisation = load_organisation(Path(self.project))
            found = {source.key: source for source in organisation.advisories.sources}
            if self.source not in found:
                raise InputError(f"the organisation names the source {self.source!r} no more")
            given = ports(organisation)
            store = Store(
                organisation,
                given.registry(),
                given.catalog(),
                lambda: datetime.now(UTC),
                lambda line: self.log.info("%s", line),
            )
            stored = Sync(store, given.downloads, given.registry_of).one(found[self.source])
            database = stored.database
            return {
                "name": database.name,
                "digest": str(database.digest),
                "built": moment(database.built),
                "records": database.records,
                "new": stored.new,
            }


class AnnounceOperator(BaseOperator):
    """Emits the event of its outlet if this run made another database current.

    Asks the catalog, not the other tasks: one that was killed behind its import finds nothing new when it is
    tried again. ``project`` as above.
    """

    ui_color = "#fff4d6"

    def __init__(self, *, project: str, **kwargs: Any) -> None:
        super().__init__(retry_policy=RetryWhatMayHelp(), **kwargs)
        self.project = project

    def prepare_for_execution(self) -> Self:
        """Without the outlet, which people see: a task that succeeds emits each one that it has."""
        prepared = super().prepare_for_execution()
        prepared.outlets = []
        return prepared

    def execute(self, context: Context) -> list[str]:
        """The digests of what is current since this run began."""
        from golden_images.core.ledger import TOLERANCE
        from golden_images.project import load_organisation
        from golden_images.scheduling.assets import advisories_asset
        from golden_images.views.advisories import lines
        from golden_images.wiring import ports

        with errors_as_text(self.log):
            known = lines(ports(load_organisation(Path(self.project))).catalog().databases())
            # Clocks differ, and twice told is better than never.
            began = (context["dag_run"].start_date or context["dag_run"].run_after) - TOLERANCE
            new = [str(one.digest) for one in known if one.current and one.imported_at >= began]
            if new:
                asset = advisories_asset()
                self.outlets.append(asset)
                context["outlet_events"][asset].extra = {"digests": [*new]}
            return new
