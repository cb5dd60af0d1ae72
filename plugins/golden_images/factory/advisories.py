"""The DAG that keeps the databases of advisories current: one for the whole project."""

from __future__ import annotations

import re
from datetime import timedelta

from airflow.sdk import DAG, TriggerRule

from golden_images.factory.base_watch import TAG
from golden_images.operators.advisories import AdvisoriesOperator, AnnounceOperator
from golden_images.project import Project
from golden_images.scheduling.assets import advisories_asset

_DOC = """\
# Advisories

Looks at each source that `include/golden_images.yaml` names below `advisories.sources`, reads what is new
strictly, stores it in the registry by digest, and makes it the current database, which scans take. A source
that gives nothing, or something broken or older, fails alone; what was current stays so.
`golden-images advisories list` shows all. Something new wakes who waits for the asset `golden/advisories`.

| source | from |
|---|---|
"""


def advisories_dag(dag_id: str, project: Project) -> DAG | None:
    """None where the organisation names no sources."""
    settings = project.organisation.advisories
    if not settings.sources:
        return None
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.timetables.trigger import CronTriggerTimetable

    timezone = project.organisation.defaults.timezone
    # At once where a night has passed already: until then every scan that wants a database fails.
    nightly = settings.nightly and CronTriggerTimetable(
        settings.nightly, timezone=timezone, run_immediately=True
    )
    with DAG(
        dag_id,
        description="keeps the databases of advisories current",
        schedule=nightly,
        catchup=False,
        max_active_runs=1,
        # Paused from the start it would let the databases grow old, silently.
        is_paused_upon_creation=False,
        tags={TAG},
        doc_md=_DOC + "\n".join(f"| {source.key} | `{source.address}` |" for source in settings.sources),
        default_args={
            "retries": 3,
            "retry_delay": timedelta(minutes=1),
            "retry_exponential_backoff": 2,
            "execution_timeout": timedelta(hours=1),
        },
    ) as dag:
        sources = [
            AdvisoriesOperator(task_id=_task_id(source.key), source=source.key, project=str(project.root))
            for source in settings.sources
        ]
        announce = AnnounceOperator(
            task_id="announce",
            project=str(project.root),
            trigger_rule=TriggerRule.ALL_DONE,
            outlets=[advisories_asset()],
        )
        # News of one source are told though another failed; the run has failed all the same.
        sources >> announce
        sources >> EmptyOperator(task_id="all")
    return dag


def _task_id(key: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", key)
