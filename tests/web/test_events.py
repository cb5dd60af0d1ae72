"""The webhook: who is let in, what is understood, what it wakes. Fails closed."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from golden_images.core.digest import Digest
from golden_images.core.watching import Watched
from golden_images.errors import InputError
from golden_images.ports import Catalog
from golden_images.web.app import app
from golden_images.web.notifications import MAX_BYTES
from tests.fakes.catalog import FakeCatalog

HUB = "docker.io/library/debian:bookworm-slim"
TEAM, OTHER_TAG = "registry.test:5000/team/base:1", "registry.test:5000/team/base:2"
TOKEN = "long and secret"
LET_IN = {"Authorization": f"Bearer {TOKEN}"}


class Client:
    """Requests to an application, without a server."""

    def __init__(self, served: Any) -> None:
        self._transport = httpx.ASGITransport(served, raise_app_exceptions=False)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self._send("POST", path, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self._send("GET", path, **more)

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://airflow.test") as http:
                return await http.request(method, path, **more)

        return asyncio.run(send())


@pytest.fixture
def catalog() -> FakeCatalog:
    fake = FakeCatalog()
    for base in (HUB, TEAM, OTHER_TAG):
        fake.observe([Watched(base, Digest.of(b"x"), datetime(2026, 11, 23, tzinfo=UTC))])
    return fake


@pytest.fixture
def client(catalog: FakeCatalog) -> Client:
    return made(lambda: (TOKEN, lambda: catalog))


def made(access: Callable[[], tuple[str, Callable[[], Catalog]]]) -> Client:
    return Client(app(access))


def push(repository: str, tag: str | None = None, action: str = "push") -> dict[str, Any]:
    target = {"repository": repository, "digest": str(Digest.of(b"y")), "mediaType": "application/json"}
    return {"id": "1", "action": action, "target": {**target, **({"tag": tag} if tag else {})}}


def send(client: Client, *events: dict[str, Any], headers: dict[str, str] = LET_IN) -> Any:
    return client.post("/events", json={"events": list(events)}, headers=headers)


def test_a_push_to_a_base_wakes_its_watch(client: Client, catalog: FakeCatalog) -> None:
    answer = send(client, push("team/base", "1"), push("team/other", "1"))
    assert (answer.status_code, answer.json()) == (202, {"bases": [TEAM]})
    assert catalog.take_pokes() == [TEAM]


def test_a_push_without_a_tag_wakes_every_tag(client: Client, catalog: FakeCatalog) -> None:
    assert send(client, push("team/base")).json() == {"bases": [TEAM, OTHER_TAG]}


def test_the_registry_may_know_itself_by_another_name(client: Client) -> None:
    assert send(client, push("library/debian", "bookworm-slim")).json() == {"bases": [HUB]}


def test_other_actions_and_strange_images_wake_nobody(client: Client, catalog: FakeCatalog) -> None:
    answer = send(client, push("team/base", "1", action="pull"), push("team/base", "build-1"))
    assert (answer.status_code, answer.json()) == (202, {"bases": []})
    assert catalog.take_pokes() == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": TOKEN},
        {"Authorization": f"Bearer {TOKEN}x"},
    ],
)
def test_nobody_is_let_in_without_the_token(
    client: Client, catalog: FakeCatalog, headers: dict[str, str]
) -> None:
    answer = send(client, push("team/base", "1"), headers=headers)
    assert answer.status_code == 401
    assert TOKEN not in answer.text
    assert catalog.take_pokes() == []


def test_nobody_is_let_in_where_there_is_no_connection(catalog: FakeCatalog) -> None:
    def nothing() -> tuple[str, Callable[[], Catalog]]:
        raise InputError("Airflow has no Connection 'golden_images_webhook'")

    assert send(made(nothing), push("team/base", "1")).status_code == 403
    empty = made(lambda: ("", lambda: catalog))
    for headers in ({"Authorization": "Bearer "}, {"Authorization": "Bearer"}, {}):
        assert send(empty, push("team/base", "1"), headers=headers).status_code == 401
    assert catalog.take_pokes() == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"events": [1]}', b'{"events": [{"action": "push"}]}'])
def test_what_is_no_envelope_is_refused(client: Client, body: bytes) -> None:
    assert client.post("/events", content=body, headers=LET_IN).status_code == 400


def test_a_body_without_end_is_not_read_to_its_end(client: Client) -> None:
    assert client.post("/events", content=b" " * (MAX_BYTES + 1), headers=LET_IN).status_code == 413


def test_a_catalog_that_is_down_is_said_so_that_the_registry_sends_again(
    client: Client, catalog: FakeCatalog
) -> None:
    catalog.down = True
    assert send(client, push("team/base", "1")).status_code == 503


def test_there_is_nothing_else(client: Client) -> None:
    for path in ("/", "/docs", "/openapi.json"):
        assert client.get(path).status_code == 404
    assert client.get("/events", headers=LET_IN).status_code == 405


def test_the_plugin_serves_it_and_imports_fastapi_only_when_asked() -> None:
    script = """
import asyncio, sys, json
import golden_images.wiring
from golden_images.errors import InputError
from golden_images.web import LazyApp

lazy = LazyApp()
before = "fastapi" in sys.modules

def nothing(conn_id):
    raise InputError("none")

golden_images.wiring.webhook = nothing
import httpx

async def post():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(lazy), base_url="http://x") as client:
        return await client.post("/events")

print(json.dumps([before, asyncio.run(post()).status_code]))
"""
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    assert json.loads(answer.stdout.splitlines()[-1]) == [False, 403]
