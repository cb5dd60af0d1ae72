"""The DAG that wakes images when their external bases have changed: one for the whole project."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from golden_images.operators.base_watch import WAKE, RecordWakesOperator, WakeOperator
from golden_images.project import Project
from golden_images.scheduling.assets import external_base_asset, watch_asset
from golden_images.scheduling.naming import PREFIX
from golden_images.scheduling.watch import BaseWatchTrigger

TAG = "golden-image"

_DOC = """\
# Base watch

One trigger in the triggerer looks at the tags below. A change that is whole (all platforms) and quiet
(`base_watch.quiet_seconds`) becomes a base version in the ledger, and this DAG wakes the images on it:
`golden-images bases list` shows the ledger. Pause this DAG, and no image is rebuilt for an external base
except by its nightly run.

Images that a Dockerfile takes from besides (`FROM golang:1.22 AS build`) are watched, too, from the image's
first run on; they wake it by a run of its own.

| base | wakes |
|---|---|
"""


def external_needs(project: Project) -> dict[str, dict[str, list[str]]]:
    """By external base, the images that it wakes and the platforms that each needs. A base that wakes
    nobody is watched all the same, for the ledger; one that is pinned by digest never changes."""
    needs: dict[str, dict[str, list[str]]] = {}
    for name, definition in sorted(project.definitions.items()):
        reference = definition.base.external
        if reference is None or definition.base.pinned:
            continue
        images = needs.setdefault(str(reference), {})
        if definition.schedule.on_base_change:
            images[name] = list(definition.build.platforms)
    return dict(sorted(needs.items()))


def with_stages(project: Project) -> list[str]:
    """The images that may have build stages on bases of their own, and are woken by bases at all."""
    return sorted(
        name
        for name, definition in project.definitions.items()
        if definition.base.bootstrap is None and definition.schedule.on_base_change
    )


def base_watch_dag(dag_id: str, project: Project) -> DAG | None:
    """None where no image has anything to watch."""
    needs, images = external_needs(project), with_stages(project)
    if not needs and not images:
        return None
    organisation = project.organisation
    catalog = organisation.catalog.connection
    trigger = BaseWatchTrigger(
        catalog=catalog,
        registry=organisation.registry.connection,
        registries={host: named.connection for host, named in sorted(organisation.registries.items())},
        needs=needs,
        settings=organisation.base_watch.model_dump(),
        images=images,
    )
    with DAG(
        dag_id,
        description="wakes images when their external bases have changed",
        schedule=[watch_asset(trigger)],
        catchup=False,
        max_active_runs=1,
        # It builds nothing itself; paused from the start it would keep all images asleep, silently.
        is_paused_upon_creation=False,
        tags={TAG},
        doc_md=_DOC + "\n".join(f"| `{base}` | {', '.join(images)} |" for base, images in needs.items()),
        default_args={
            "retries": 5,
            "retry_delay": timedelta(seconds=10),
            "retry_exponential_backoff": 2,
            "execution_timeout": timedelta(minutes=10),
        },
    ) as dag:
        wake = WakeOperator(
            task_id=WAKE,
            catalog=catalog,
            needs=needs,
            images=images,
            prefix=PREFIX,
            outlets=[external_base_asset(base) for base, images in needs.items() if images],
        )
        record = RecordWakesOperator(task_id="record", catalog=catalog)
        wake >> record
    return dag
