"""Whatever of Airflow is killed, and when: a push wakes its image once."""

from __future__ import annotations

import pytest

from tests.integration.base_watch.watched import WATCH, Watched
from tests.services.faults import Silence
from tests.services.stack_faults import (
    AIRFLOW,
    CATALOG,
    eventually,
    kill,
    kill_task,
    locked,
    process_of,
    restart,
    rows,
)

pytestmark = [pytest.mark.airflow, pytest.mark.docker, pytest.mark.registry]

EVENTS, WAKES = "asset_event", "golden_images_wakes"


def test_triggerer_killed_in_the_middle_of_a_poll(watched: Watched) -> None:
    proxy = watched.proxies["looks"]
    proxy.faults = [Silence(method="HEAD")]
    before = len(proxy.seen)
    pushed = watched.push("looks", "second")
    eventually(lambda: len(proxy.seen) > before, "a look hangs")
    kill(watched.stack, "triggerer")
    proxy.faults = []
    restart(watched.stack)
    watched.woken(looks=pushed)


def test_triggerer_killed_between_record_and_wake(watched: Watched) -> None:
    with locked(watched.stack, AIRFLOW, EVENTS) as lock:
        pushed = watched.push("settles", "second")
        eventually(lambda: watched.settled("settles", pushed), "the version stands in the ledger")
        eventually(lock.waiting, "the event is on its way")
        kill(watched.stack, "triggerer")
    assert watched.digests("settles") == watched.expected["settles"]
    restart(watched.stack)
    watched.woken(settles=pushed)


def test_wake_killed_before_its_success_is_known(watched: Watched) -> None:
    before = watched.idle()
    pushed = watched.push("wakes", "second")
    run = watched.announced(before)
    with locked(watched.stack, CATALOG, WAKES, readable=False) as lock:
        kill_task(watched.stack, WATCH, run, "wake", lock.waiting)
    watched.woken(wakes=pushed)


def test_wake_killed_after_it_started_a_run(watched: Watched) -> None:
    """Another image on a base that others were woken for has a run of its own, no event."""
    watched.idle()
    with locked(watched.stack, CATALOG, WAKES) as lock:
        watched.define("late", "starts")
        # A wake before Airflow knows the image's DAG starts nothing, and is not the one that is held up.
        eventually(lock.waiting, "a wake has started a run")
        kill_task(watched.stack, WATCH, watched.newest(), "wake", lock.waiting)
        assert len(watched.digests("late")) == 1
    watched.woken(late=watched.expected["starts"][-1])


def test_record_killed_before_it_wrote(watched: Watched) -> None:
    watched.idle()
    with locked(watched.stack, CATALOG, WAKES) as lock:
        pushed = watched.push("records", "second")
        eventually(lock.waiting, "what was woken is to be written down")
        kill_task(watched.stack, WATCH, watched.newest(), "record", lock.waiting)
    watched.woken(records=pushed)


def test_scheduler_killed_between_event_and_run(watched: Watched) -> None:
    stack, before = watched.stack, watched.idle()
    pushed = watched.push("fires", "second")
    run = watched.announced(before)
    with locked(stack, AIRFLOW, EVENTS) as lock:

        def reports() -> bool:
            return stack.client.task_states(WATCH, run)["wake"] == "running" and bool(lock.waiting())

        eventually(reports, "wake reports its success")
        process_of(stack, "scheduler").suspend()
    about = (
        f"SELECT count(*) FROM {EVENTS} JOIN asset ON asset.id = asset_id"
        f" WHERE name = 'golden/base/{watched.base('fires')}'"
        f" AND partition_key LIKE '%{pushed.replace(':', '-')}'"
    )
    eventually(lambda: rows(stack, AIRFLOW, about) == [(1,)], "the event is there")
    assert watched.digests("fires") == watched.expected["fires"]
    kill(stack, "scheduler")
    restart(stack)
    watched.woken(fires=pushed)
