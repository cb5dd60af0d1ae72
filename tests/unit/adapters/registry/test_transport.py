from __future__ import annotations

import logging
import ssl
from pathlib import Path

import httpx
import pytest

from golden_images.adapters.registry import client_from
from golden_images.adapters.registry.transport import Call
from golden_images.adapters.retry import RetryPolicy
from golden_images.core.digest import Digest
from golden_images.errors import GoldenImagesError, RegistryError
from tests.unit.adapters.registry.support import World

BLOB = b"the layer"
DIGEST = Digest.of(BLOB)


def flaky(*first: int | Exception, headers: dict[str, str] | None = None) -> tuple[World, list[object]]:
    """A registry that gives ``first`` and then answers well."""
    left: list[int | Exception] = list(first)

    def handler(request: httpx.Request) -> httpx.Response:
        if not left:
            return httpx.Response(200)
        now = left.pop(0)
        if isinstance(now, Exception):
            raise now
        return httpx.Response(now, headers=headers)

    return World(handler), left  # type: ignore[return-value]


@pytest.mark.parametrize(
    "fault",
    [
        429,
        500,
        502,
        503,
        504,
        httpx.ConnectError("x"),
        httpx.ReadTimeout("x"),
        httpx.RemoteProtocolError("x"),
    ],
)
def test_what_may_pass_is_tried_again(fault: int | Exception) -> None:
    world, left = flaky(fault, fault)
    world.client.ping()
    assert left == []
    assert world.waits == [0.25, 0.5]


@pytest.mark.parametrize("status", [400, 403, 404, 405, 501])
def test_what_will_not_pass_is_not(status: int) -> None:
    world, _ = flaky(status)
    with pytest.raises(RegistryError) as caught:
        world.client.ping()
    assert caught.value.status == status
    assert world.waits == []


def test_tries_are_bounded() -> None:
    world = World(lambda _request: httpx.Response(503), policy=RetryPolicy(attempts=3))
    with pytest.raises(RegistryError, match="3 tries"):
        world.client.ping()
    assert len(world.requests) == 3


def test_the_time_of_trying_is_bounded() -> None:
    world = World(
        lambda _request: httpx.Response(429, headers={"Retry-After": "50"}),
        policy=RetryPolicy(attempts=100, total=120),
    )
    with pytest.raises(RegistryError):
        world.client.ping()
    assert world.waits == [50.0, 50.0]


def test_a_certificate_that_does_not_fit_is_not_tried_again() -> None:
    error = httpx.ConnectError("certificate verify failed")
    error.__cause__ = ssl.SSLCertVerificationError("self-signed certificate")
    world, _ = flaky(error)
    with pytest.raises(RegistryError, match="got no answer") as caught:
        world.client.ping()
    assert "certificate authority" in caught.value.remedy
    assert not caught.value.retryable
    assert world.waits == []


def test_a_redirect_is_followed_without_credentials() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "store.test":
            return httpx.Response(200, content=BLOB)
        if "Authorization" not in request.headers:
            return httpx.Response(401, headers={"WWW-Authenticate": "Basic"})
        if request.url.path.startswith("/v2/moved"):
            return httpx.Response(307, headers={"Location": "https://store.test/x?signature=s"})
        return httpx.Response(301, headers={"Location": f"/v2/moved/blobs/{DIGEST}"})

    world = World(handler, credentials=lambda: ("me", "secret", None))
    assert world.client.blob("golden/base", DIGEST) == BLOB
    assert [(one.url.host, "Authorization" in one.headers) for one in world.requests] == [
        ("registry.test", False),
        ("registry.test", True),
        ("registry.test", True),
        ("store.test", False),
    ]


@pytest.mark.parametrize(
    "elsewhere", ["http://registry.test/x", "https://registry.test:444/x", "https://registry.test.evil/x"]
)
def test_another_scheme_port_or_host_is_another_origin(elsewhere: str) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if str(request.url) == elsewhere:
            return httpx.Response(200, content=BLOB)
        if "Authorization" not in request.headers:
            return httpx.Response(401, headers={"WWW-Authenticate": "Basic"})
        return httpx.Response(302, headers={"Location": elsewhere})

    world = World(handler, credentials=lambda: ("me", "secret", None))
    world.client.blob("golden/base", DIGEST)
    assert "Authorization" not in world.requests[-1].headers


def test_a_401_from_a_store_is_not_answered_with_our_login() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "store.test":
            return httpx.Response(401, headers={"WWW-Authenticate": "Basic"})
        return httpx.Response(307, headers={"Location": "https://store.test/x"})

    world = World(handler, credentials=lambda: ("me", "secret", None))
    with pytest.raises(RegistryError):
        world.client.blob("golden/base", DIGEST)
    assert all("Authorization" not in one.headers for one in world.requests)


def test_redirects_are_bounded() -> None:
    world = World(lambda _request: httpx.Response(307, headers={"Location": "/v2/again"}))
    with pytest.raises(RegistryError, match="not a registry's"):
        world.client.ping()
    assert len(world.requests) == 6


def test_errors_show_no_query() -> None:
    world = World(lambda _request: httpx.Response(403))
    with pytest.raises(RegistryError) as caught:
        world.transport.send(Call("GET", "https://registry.test/v2/x?_state=private", "a test"))
    assert "private" not in str(caught.value)
    assert caught.value.endpoint == "https://registry.test/v2/x"


def test_nothing_is_logged_of_our_requests(caplog: pytest.LogCaptureFixture) -> None:
    # Airflow's own logging configuration, where it was loaded before, quiets httpx altogether.
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="httpx"):
        World(lambda _request: httpx.Response(200)).client.ping()
        httpx.Client(transport=httpx.MockTransport(lambda _request: httpx.Response(200))).get(
            "http://a.test/"
        )
    assert [record.getMessage() for record in caplog.records if record.name == "httpx"] == [
        'HTTP Request: GET http://a.test/ "HTTP/1.1 200 OK"'
    ]


def test_a_ca_file_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("no certificate")
    with pytest.raises(GoldenImagesError, match=r"ca\.pem"):
        client_from("registry.test", ca_file=path)
