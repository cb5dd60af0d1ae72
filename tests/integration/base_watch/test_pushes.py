"""A push, seen by the real triggerer, is one run of each image on the base that is awake."""

from __future__ import annotations

from functools import partial

import httpx
import pytest

from tests.integration.base_watch.watched import Watched
from tests.services.stack_faults import eventually

pytestmark = [pytest.mark.airflow, pytest.mark.docker, pytest.mark.registry]


def test_a_burst_of_pushes_is_one_run_for_the_last(watched: Watched) -> None:
    for content in ("second", "third", "fourth"):
        newest = watched.push("burst", content)
    watched.woken(burst=newest)


def test_what_a_paused_image_missed_is_one_run_for_the_newest(watched: Watched) -> None:
    def pause(paused: bool) -> None:
        watched.stack.client._send("PATCH", "/api/v2/dags/golden_images.asleep", json={"is_paused": paused})

    pause(True)
    for content in ("second", "third"):
        before = watched.idle()
        newest = watched.push("asleep", content)
        eventually(partial(watched.settled, "asleep", newest), "the version stands in the ledger")
        watched.announced(before)
        watched.idle()
    watched.check()
    pause(False)
    # Announced again after ten polls at the latest, or with the next news.
    watched.woken(near=watched.push("near", "news"), asleep=newest)


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
    assert (answer.status_code, answer.json()) == (202, {"bases": [watched.base("near")]})
