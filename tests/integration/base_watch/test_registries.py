"""A registry that is down, or wants to be left alone, delays what was pushed to it, and nothing else."""

from __future__ import annotations

import pytest

from tests.integration.base_watch.watched import POLL, Watched
from tests.services.faults import Answer
from tests.services.stack_faults import eventually

pytestmark = [pytest.mark.airflow, pytest.mark.docker, pytest.mark.registry]


def test_registry_down_for_many_polls(watched: Watched) -> None:
    proxy = watched.proxies["away"]
    proxy.faults = [Answer(status=503)]

    def polls(more: int) -> None:
        before = len(proxy.requests("HEAD"))
        eventually(lambda: len(proxy.requests("HEAD")) >= before + more, f"{more} polls")

    polls(2)
    watched.push("away", "pushed meanwhile")
    watched.woken(near=watched.push("near", "elsewhere"))
    newest = watched.push("away", "and again")
    polls(2)
    proxy.faults = []
    watched.woken(away=newest)


def test_registry_that_asks_for_a_pause_gets_it(watched: Watched) -> None:
    proxy, pause = watched.proxies["away"], 2 * POLL
    eventually(lambda: watched.ended("golden_images.away"), "nothing but the watch asks this registry")
    refusal = Answer(status=429, headers={"Retry-After": str(pause)}, times=1)
    proxy.faults = [refusal]
    eventually(lambda: any(one.fault is refusal for one in proxy.seen), "it asks for a pause")
    watched.woken(away=watched.push("away", "pushed meanwhile"))
    (refused,) = [one for one in proxy.seen if one.fault is refusal]
    assert not [one for one in proxy.seen if refused.at < one.at < refused.at + pause]
