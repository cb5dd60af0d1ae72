"""A push to a registry, seen by the real triggerer, becomes one run of each image on the base: through
bursts and pauses, while registries fail, and while definitions come, go and change."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.integration.watched import POLL, WATCH, Watched, watched_project
from tests.services.airflow_stack import state_folder
from tests.services.faults import Answer
from tests.services.stack_faults import eventually

pytestmark = [pytest.mark.airflow, pytest.mark.docker, pytest.mark.registry]

#: Images on a base of their own; True: its registry is behind the proxy.
BASES = {"near": False, "away": True, "left": False, "old": False, "moved": False}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    state = state_folder("watch", tmp_path_factory)
    with watched_project(tmp_path_factory.mktemp("watched"), state, BASES) as watched:
        yield watched
        watched.sound()


def test_a_burst_of_pushes_is_one_run_for_the_last(watched: Watched) -> None:
    for content in ("second", "third", "fourth"):
        newest = watched.push("team/near", content)
    watched.woken(newest, "near")


def test_what_a_paused_image_missed_is_one_run_for_the_newest(watched: Watched) -> None:
    def pause(paused: bool) -> None:
        watched.stack.client._send("PATCH", "/api/v2/dags/golden_images.near", json={"is_paused": paused})

    pause(True)
    for content in ("fifth", "sixth"):
        before = {*watched.announcements()}
        newest = watched.push("team/near", content)
        run = watched.announced(before)
        assert watched.stack.client.wait(WATCH, run)["state"] == "success"
    watched.check()
    pause(False)
    watched.woken(newest, "near")


def test_the_webhook_is_closed_without_its_connection_and_open_with_its_token(watched: Watched) -> None:
    url = f"{watched.stack.url}/golden-images/events"
    target = {"repository": "team/near", "tag": "1"}
    envelope = {"events": [{"action": "push", "target": target}]}
    with httpx.Client(trust_env=False, timeout=30) as strangers:
        assert strangers.post(url, json=envelope).status_code == 403
        connection = {"connection_id": "golden_images_webhook", "conn_type": "generic", "password": "t0ken"}
        watched.stack.client._send("POST", "/api/v2/connections", json=connection)
        assert strangers.post(url, json=envelope).status_code == 401
        answer = strangers.post(url, json=envelope, headers={"Authorization": "Bearer t0ken"})
    assert (answer.status_code, answer.json()) == (202, {"bases": [watched.base("team/near")]})


def test_registry_down_for_many_polls(watched: Watched) -> None:
    proxy = watched.proxy
    proxy.faults = [Answer(status=503)]

    def polls(more: int) -> None:
        before = len(proxy.requests("HEAD", "team/away"))
        eventually(lambda: len(proxy.requests("HEAD", "team/away")) >= before + more, f"{more} polls")

    polls(2)
    watched.push("team/away", "pushed meanwhile")
    watched.woken(watched.push("team/near", "elsewhere"), "near")
    polls(2)
    newest = watched.push("team/away", "and again")
    polls(2)
    proxy.faults = []
    watched.woken(newest, "away")


def test_registry_that_asks_for_a_pause_gets_it(watched: Watched) -> None:
    proxy, pause = watched.proxy, 2 * POLL
    eventually(lambda: watched.ended("golden_images.away"), "nothing but the watch asks this registry")
    before = len(proxy.seen)
    refusal = Answer(status=429, headers={"Retry-After": str(pause)}, times=1)
    proxy.faults = [refusal]
    eventually(lambda: refusal.times == 0, "it asks for a pause")
    watched.woken(watched.push("team/away", "pushed meanwhile"), "away")
    refused, *later = proxy.seen[before:]
    assert min(one.at for one in later) >= refused.at + pause


def test_definition_removed_while_its_base_changes(watched: Watched) -> None:
    watched.define("gone", watched.base("team/left"))
    watched.woken(watched.expected["left"][-1], "gone")
    watched.remove("gone")
    watched.woken(watched.push("team/left", "pushed meanwhile"), "left")
    watched.forgotten("gone")


def test_definition_renamed(watched: Watched) -> None:
    watched.rename("old", "new")
    watched.woken(watched.expected["old"][-1], "new")
    watched.woken(watched.push("team/old", "pushed later"), "new")
    watched.forgotten("old")


def test_base_replaced_by_another(watched: Watched) -> None:
    first = watched.push("team/other", "another")
    watched.define("moved", watched.base("team/other"))
    watched.woken(first, "moved")
    watched.push("team/moved", "nobody's any more")
    watched.woken(watched.push("team/other", "and the next"), "moved")
