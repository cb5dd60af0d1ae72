"""A push to a registry, seen by the real triggerer, becomes exactly one run of the child."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from golden_images.adapters.registry import RegistryClient, client_from
from local.stack.stack import ROOT, Stack
from tests.services.airflow_stack import private_stack, wait_for_dags
from tests.services.images import push_image
from tests.services.registry import RegistryService

pytestmark = [pytest.mark.airflow, pytest.mark.docker, pytest.mark.registry]

WATCH = "golden_images_base_watch"
CHILD = "golden_images.child"
POLL, QUIET = 5, 3

ORGANISATION = f"""\
schema: 1
base_watch: {{poll_seconds: {POLL}, quiet_seconds: {QUIET}}}
"""
#: Its context does not exist: a run ends in resolve, which is all that is asked here.
DEFINITION = """\
schema: 1
name: child
description: An image on an external base.
owner: team
base: {{reference: "{base}"}}
schedule: {{nightly: null}}
"""


@pytest.fixture
def registry(own_registry_service: RegistryService) -> RegistryClient:
    return client_from(own_registry_service.host)


@pytest.fixture
def stack(tmp_path: Path, registry: RegistryClient) -> Iterator[Stack]:
    project = tmp_path / "project"
    (project / "include" / "images").mkdir(parents=True)
    for name in ("dags", "plugins"):
        (project / name).symlink_to(ROOT / name)
    (project / "include" / "golden_images.yaml").write_text(ORGANISATION)
    definition = DEFINITION.format(base=f"{registry.host}/team/base:1")
    (project / "include" / "images" / "child.yaml").write_text(definition)
    # The DAG file finds its project from its own place, which a link would lead away from.
    (project / "dags").unlink()
    (project / "dags").mkdir()
    (project / "dags" / "golden_images.py").write_text((ROOT / "dags" / "golden_images.py").read_text())
    push_image(registry, "team/base", b"first", tag="1")
    with private_stack(project, tmp_path / "state") as stack:
        wait_for_dags(stack, {WATCH, CHILD})
        yield stack


def test_pushes_wake_the_child_once_also_after_a_pause(stack: Stack, registry: RegistryClient) -> None:
    client = stack.client

    def runs() -> list[dict[str, Any]]:
        return client.runs(CHILD)[::-1]

    # The base is new to the ledger, and the child has no release on it.
    eventually(lambda: len(runs()) == 1, "the first sight wakes an image without a release")
    assert runs()[0]["run_type"] == "asset_triggered"

    pushed_at = time.time()
    for content in (b"second", b"third", b"fourth"):
        newest = push_image(registry, "team/base", content, tag="1")
    eventually(lambda: len(runs()) == 2, "three pushes in a row wake the child")
    latency = time.time() - pushed_at
    assert runs()[1]["partition_key"].endswith(newest.replace(":", "-"))
    assert runs()[1]["run_type"] == "asset_triggered"
    print(json.dumps({"seconds_from_push_to_run": round(latency, 1), "poll": POLL, "quiet": QUIET}))

    webhook(stack, registry)

    pause(stack, True)
    before = len(client.runs(WATCH))
    push_image(registry, "team/base", b"fifth", tag="1")
    eventually(lambda: done(client.runs(WATCH)) > before, "the watch sees what nobody can be woken for")
    latest = push_image(registry, "team/base", b"sixth", tag="1")
    eventually(lambda: done(client.runs(WATCH)) > before + 1, "and the next one")
    assert len(runs()) == 2
    pause(stack, False)
    eventually(lambda: len(runs()) == 3, "the newest of what was missed", seconds=180)
    assert runs()[2]["partition_key"].endswith(latest.replace(":", "-"))
    time.sleep(2 * (POLL + QUIET))
    assert len(runs()) == 3
    assert [run["state"] for run in client.runs(WATCH)] == ["success"] * len(client.runs(WATCH))


def webhook(stack: Stack, registry: RegistryClient) -> None:
    """Served by the real API server: closed without the Connection, open with its token."""
    url = f"{stack.url}/golden-images/events"
    target = {"repository": "team/base", "tag": "1"}
    envelope = {"events": [{"action": "push", "target": target}]}
    with httpx.Client(trust_env=False, timeout=30) as strangers:
        assert strangers.post(url, json=envelope).status_code == 403
        connection = {"connection_id": "golden_images_webhook", "conn_type": "generic", "password": "t0ken"}
        stack.client._send("POST", "/api/v2/connections", json=connection)
        assert strangers.post(url, json=envelope).status_code == 401
        answer = strangers.post(url, json=envelope, headers={"Authorization": "Bearer t0ken"})
        assert (answer.status_code, answer.json()) == (202, {"bases": [f"{registry.host}/team/base:1"]})


def done(runs: list[dict[str, Any]]) -> int:
    return sum(run["state"] == "success" for run in runs)


def pause(stack: Stack, paused: bool) -> None:
    stack.client._send("PATCH", f"/api/v2/dags/{CHILD}", json={"is_paused": paused})


def eventually(condition: Callable[[], bool], what: str, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"after {seconds:.0f} s still not: {what}")
        time.sleep(0.5)
