"""The two tasks of the base watch's DAG: wake images, then write down whom the wake reached.

Airflow records a task's asset events in the transaction that records its success: they exist if and
only if the first task succeeded, and only then does the second one run. So whatever dies in between,
an image is woken, and waking it again finds it built (``unchanged``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from airflow.sdk import BaseOperator

from golden_images.operators.outcome import RetryWhatMayHelp, errors_as_text

if TYPE_CHECKING:
    from airflow.sdk import Context

    from golden_images.ports import Catalog
    from golden_images.watching.watch import Due

WAKE = "wake"
#: Begins the id of a run that this task started. The rest is the partition key, so that a version
#: starts at most one such run of an image.
RUN_PREFIX = "base_change__"
#: The same of a run for the base of a build stage.
STAGE_PREFIX = "stage_change__"


class _WatchOperator(BaseOperator):
    """``catalog`` is the catalog's Connection id."""

    def __init__(self, *, catalog: str, **kwargs: Any) -> None:
        super().__init__(retry_policy=RetryWhatMayHelp(), **kwargs)
        self.catalog_connection = catalog

    def catalog(self) -> Catalog:
        from golden_images.wiring import catalog

        return catalog(self.catalog_connection)


class WakeOperator(_WatchOperator):
    """``needs``: by base, the images that it wakes and their platforms; ``images``: those that may have
    build stages on others; ``prefix`` makes a DAG's id of an image's name. Its outlets are the bases'
    assets."""

    ui_color = "#fff4d6"

    def __init__(
        self,
        *,
        needs: Mapping[str, Mapping[str, list[str]]],
        images: Sequence[str],
        prefix: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.needs = needs
        self.images = images
        self.prefix = prefix

    def prepare_for_execution(self) -> Self:
        """Without the outlets, which people see: Airflow fails a task for one that no definition has
        any more, though the others are still to be woken."""
        prepared = super().prepare_for_execution()
        prepared.outlets = []  # and one without a key would emit an event without one
        return prepared

    def execute(self, context: Context) -> list[dict[str, Any]]:
        """Whom the events wake, for the next task."""
        from golden_images.airflow_internals.runs import is_paused
        from golden_images.scheduling.assets import external_base_asset
        from golden_images.watching.wake import plan, wakes

        with errors_as_text(self.log):
            catalog = self.catalog()
            needs = {base: {name: tuple(of) for name, of in one.items()} for base, one in self.needs.items()}
            wakening = plan(
                needs,
                catalog,
                lambda image: is_paused(context["ti"], f"{self.prefix}{image}"),
                frozenset(self.images),
            )
            for due in wakening.events:
                asset = external_base_asset(due.base)
                self.outlets.append(asset)
                event: Any = context["outlet_events"][asset]
                event.add_partitions(_key(due))
                event.extra = {"digest": str(due.digest), "at": due.at.isoformat()}
                self.log.info("%s is %s: wakes %s", due.base, due.digest, ", ".join(due.images))
            for due in wakening.runs:
                self._start(due)
                catalog.record_wakes(wakes(due))
            for due in wakening.stages:
                self._start(due, stage=True)
                catalog.record_wakes(wakes(due))
            for due in wakening.current:
                self.log.info("%s is built on %s %s already", due.images[0], due.base, due.digest)
            catalog.record_wakes([wake for due in wakening.current for wake in wakes(due)])
            for image in wakening.paused:
                self.log.info("%s is paused: it is woken once it is not", image)
            return [_to_json(due) for due in wakening.events]

    def _start(self, due: Due, *, stage: bool = False) -> None:
        """A run for the one image: about the version of its own base, or, of a build stage's, about what
        the tags are now."""
        from golden_images.airflow_internals.runs import start_run
        from golden_images.core.digest import Digest
        from golden_images.core.note import tidy

        image, key = due.images[0], _key(due)
        if stage:
            run_id = f"{STAGE_PREFIX}{key}_{Digest.of(due.base.encode()).short}"
            conf = {"reason": tidy(f"{due.base}, of a build stage, has changed")}
            start_run(f"{self.prefix}{image}", run_id, None, conf)
        else:
            conf = {"base_digest": str(due.digest), "reason": tidy(f"missed the change of {due.base}")}
            start_run(f"{self.prefix}{image}", f"{RUN_PREFIX}{key}", key, conf)
        self.log.info("%s has a run of its own for %s %s", image, due.base, due.digest)


class RecordWakesOperator(_WatchOperator):
    """Writes down what :class:`WakeOperator` emitted."""

    ui_color = "#e8f0fe"

    def execute(self, context: Context) -> int:
        from golden_images.watching.wake import wakes

        with errors_as_text(self.log):
            woken = [
                wake
                for document in context["ti"].xcom_pull(task_ids=WAKE) or ()
                for wake in wakes(_from_json(document))
            ]
            self.catalog().record_wakes(woken)
            return len(woken)


def _key(due: Due) -> str:
    from golden_images.core.partition import PartitionKey

    return str(PartitionKey(due.at, due.digest))


def _to_json(due: Due) -> dict[str, Any]:
    return {"base": due.base, "digest": str(due.digest), "at": due.at.isoformat(), "images": [*due.images]}


def _from_json(document: Mapping[str, Any]) -> Due:
    from datetime import datetime

    from golden_images.core.digest import Digest
    from golden_images.watching.watch import Due

    return Due(
        document["base"],
        Digest(document["digest"]),
        datetime.fromisoformat(document["at"]),
        tuple(document["images"]),
    )
