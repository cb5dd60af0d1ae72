"""A backfill that asks for children: each gets a run of its own on the release just made.

Not by an asset event: a task that is skipped (the release existed already) emits none, a paused child
misses it, and a child that is not woken by its base never hears of it (``adr/0010-backfill.md``).
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import Context

    from golden_images.core.digest import Digest
    from golden_images.ports import Log

#: Begins the id of a child's run.
RUN_PREFIX = "cascade__"


def wanted(context: Context) -> bool:
    from golden_images.planning.asked import Asked

    return Asked.of(context["params"]).cascade


def cascade(context: Context, project: str, image: str, digest: Digest, at: datetime, say: Log) -> None:
    """Starts a backfill of every child of ``image`` on ``digest``, dated ``at``, that asks for its own
    children in turn. Once a child and run of the parent, however often a task of that run is tried:
    the child's run id says so.

    Raises ServiceError, after all children were tried, if Airflow did not start one.
    """
    from golden_images.airflow_internals.runs import start_run
    from golden_images.core.partition import PartitionKey
    from golden_images.errors import ServiceError
    from golden_images.project import load

    key = str(PartitionKey(at, digest))
    ti: Any = context["ti"]
    by = hashlib.sha256(f"{ti.dag_id}/{ti.run_id}".encode()).hexdigest()[:8]
    prefix = ti.dag_id.removesuffix(image)
    loaded = load(Path(project))
    failed: list[str] = []
    for child in loaded.graph.children.get(image, ()):
        if child in loaded.broken:
            say(f"{child} is not backfilled: its definition is broken")
            continue
        conf = {"backfill": key, "cascade": True}
        try:
            start_run(f"{prefix}{child}", f"{RUN_PREFIX}{key}_{by}", key, conf)
        except ServiceError as error:
            failed.append(f"{child}: {error.cause}")
        else:
            say(f"{child} is backfilled on {digest}")
    if failed:
        raise ServiceError(
            f"{image}: not every child could be backfilled",
            cause="; ".join(failed),
            remedy="clear this task when Airflow answers; what was started is not started again",
        )
