"""Images whose tasks are killed at work."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import docker

from golden_images.core import names, records
from local.stack.rest import NoAnswer
from tests.integration.tiny import DOCKERFILE, Tiny, containers_of
from tests.services.stack_faults import CATALOG, kill_task, locked

#: Time to strike while the stage is at work, on a machine that does much else.
_SLOW = DOCKERFILE + "RUN echo began && sleep 20\n"
_SLOW_SUITE = """
import time


def test_slow(host):
    time.sleep(20)
    assert host.run("true").rc == 0
"""
#: By what is killed, what its image differs in. ``push`` is the second half of the build.
KILLED = {
    "build": {"dockerfile": _SLOW},
    "push": {"dockerfile": DOCKERFILE + "RUN dd if=/dev/urandom of=/big bs=1M count=64\n"},
    "test": {"suite": _SLOW_SUITE},
    "release": {},
}


def task_of(stage: str) -> str:
    return "build" if stage == "push" else stage


def kill_all(tiny: Tiny, engine: docker.APIClient) -> dict[str, str]:
    """By stage, the run of ``killed-<stage>`` in which it was killed. Side by side, for they mostly
    wait."""
    # A release is over in no time, but not while the catalog's table is taken.
    with locked(tiny.stack, CATALOG, "golden_images_releases"), ThreadPoolExecutor(len(KILLED)) as threads:
        return dict(zip(KILLED, threads.map(lambda stage: _kill(tiny, engine, stage), KILLED), strict=True))


def _recorded(tiny: Tiny, name: str) -> bool:
    """Whether a candidate has the record of its release."""
    candidates = [tiny.digest(name, tag) for tag in tiny.tags(name) if names.is_platform(tag)]
    attached = [one for digest in candidates for one in tiny.registry.referrers(f"golden/{name}", digest)]
    return any(records.is_record(one.annotations) for one in attached)


def _kill(tiny: Tiny, engine: docker.APIClient, stage: str) -> str:
    name = f"killed-{stage}"
    dag = f"golden_images.{name}"
    run_id = tiny.stack.client.trigger(dag)

    def at_work() -> bool:
        if stage == "test":
            return bool(containers_of(engine, dag, run_id))
        if stage == "release":
            return _recorded(tiny, name)
        try:
            log = "\n".join(tiny.stack.client.task_log(dag, run_id, "build")).lower()
        except NoAnswer:
            return False  # nobody knows the task yet
        return ("began" if stage == "build" else "push") in log

    kill_task(tiny.stack, dag, lambda: run_id, task_of(stage), at_work)
    return run_id
