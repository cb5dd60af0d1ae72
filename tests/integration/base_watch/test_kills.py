"""Whatever of Airflow is killed, and when: a push wakes its image once."""

from __future__ import annotations

from contextlib import ExitStack

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
#: The task that wakes reads them before it wakes anybody; the trigger that has announced it does not.
RELEASES = "golden_images_releases"


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
    watched.idle()
    with locked(watched.stack, CATALOG, RELEASES, readable=False) as lock:
        pushed = watched.push("wakes", "second")
        kill_task(watched.stack, WATCH, watched.newest, "wake", lock.waiting)
    watched.woken(wakes=pushed)


def test_wake_killed_after_it_started_a_run(watched: Watched) -> None:
    """Another image on a base that others were woken for has a run of its own, no event."""
    watched.idle()
    with locked(watched.stack, CATALOG, WAKES) as lock:
        watched.define("late", "starts")
        # A wake before Airflow knows the image's DAG starts nothing, and is not the one that is held up.
        kill_task(watched.stack, WATCH, watched.newest, "wake", lock.waiting)
        assert len(watched.digests("late")) == 1
    watched.woken(late=watched.expected["starts"][-1])


def test_record_killed_before_it_wrote(watched: Watched) -> None:
    watched.idle()
    with locked(watched.stack, CATALOG, WAKES) as lock:
        pushed = watched.push("records", "second")
        kill_task(watched.stack, WATCH, watched.newest, "record", lock.waiting)
    watched.woken(records=pushed)


def test_scheduler_killed_between_event_and_run(watched: Watched) -> None:
    stack = watched.stack
    watched.idle()

    def waking() -> bool:
        return stack.client.task_states(WATCH, watched.newest())["wake"] == "running"

    with ExitStack() as held:
        early = held.enter_context(locked(stack, CATALOG, RELEASES, readable=False))
        pushed = watched.push("fires", "second")
        eventually(lambda: waking() and early.waiting(), "wake is at work")
        # Only now: the trigger's word that there is something to do is an event as well.
        with locked(stack, AIRFLOW, EVENTS) as lock:
            held.close()
            eventually(lambda: waking() and lock.waiting(), "wake reports its success")
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
