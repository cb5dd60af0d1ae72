"""One measurement in a process of its own, in whichever environment: prints one JSON object.

``parse <dag file>``: as the dag-processor's child reads the file and serialises its DAGs.
``task <dag file> <dag id>``: as a task's process reads it, for one DAG.
``cycle <dag folder>``: a round of the dag-processor with its database, all DAGs new, and one more.
"""

from __future__ import annotations

import contextlib
import gc
import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any


def parse(file: str) -> dict[str, Any]:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization, LazyDeserializedDAG

    _settled()
    began, cpu = time.perf_counter(), time.process_time()
    bag = DagBag(file, safe_mode=False)
    parsed, parsed_cpu = time.perf_counter(), time.process_time()
    size = 0
    for dag in bag.dags.values():
        data = DagSerialization.to_dict(dag)
        LazyDeserializedDAG(data=data)
        size += len(json.dumps(data))
    serialised, serialised_cpu = time.perf_counter(), time.process_time()
    return {
        "dags": len(bag.dags),
        "tasks": sum(len(dag.tasks) for dag in bag.dags.values()),
        "errors": list(bag.import_errors.values()),
        "parse": parsed - began,
        "parse_cpu": parsed_cpu - cpu,
        "serialise": serialised - parsed,
        "serialise_cpu": serialised_cpu - parsed_cpu,
        "bytes": size,
    }


def task(file: str, dag_id: str) -> dict[str, Any]:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk.definitions._internal.dag_parsing_context import _airflow_parsing_context_manager

    _settled()
    cpu = time.process_time()
    with _airflow_parsing_context_manager(dag_id=dag_id, task_id="resolve"):
        bag = DagBag(file, safe_mode=False)
    return {"task": time.process_time() - cpu, "dags": len(bag.dags), "found": dag_id in bag.dags}


def _settled() -> None:
    """A whole collection of what Airflow's import left takes a tenth of a second: whether one comes due
    while it is measured is chance, and no matter of the file."""
    gc.collect()


def cycle(folder: str) -> dict[str, Any]:
    del folder  # AIRFLOW__CORE__DAGS_FOLDER names it
    from airflow.dag_processing.manager import DagFileProcessorManager

    found: dict[str, Any] = {}
    for which in ("first", "again"):
        manager = DagFileProcessorManager(max_runs=1)
        began = time.perf_counter()
        manager.run()  # type: ignore[no-untyped-call]
        found[which] = time.perf_counter() - began
        stats = manager._file_stats.values()
        found[f"{which}_dags"] = sum(stat.num_dags for stat in stats)
        found[f"{which}_file"] = max((stat.last_duration or 0.0 for stat in stats), default=0.0)
        found[f"{which}_errors"] = sum(stat.import_errors for stat in stats)
    return found


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        probes: dict[str, Callable[..., dict[str, Any]]] = {"parse": parse, "task": task, "cycle": cycle}
        answer = probes[sys.argv[1]](*sys.argv[2:])
    answer["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(answer))
