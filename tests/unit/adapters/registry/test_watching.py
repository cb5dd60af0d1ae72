"""Many looks at a bounded pace, over a network made of functions; waiting takes no time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx
import pytest

from golden_images.adapters.registry.auth import Authenticator
from golden_images.adapters.registry.endpoint import Endpoint
from golden_images.adapters.registry.polling import Looks, Poller
from golden_images.adapters.registry.session import Answer
from golden_images.adapters.registry.watching import RegistryWatch
from golden_images.adapters.retry import Clock
from golden_images.core.digest import Digest
from golden_images.core.reference import Reference
from golden_images.errors import InputError, RegistryError

HOST = "registry.test"
A, B = Digest.of(b"A"), Digest.of(b"B")
Handler = Callable[[httpx.Request], httpx.Response]


@dataclass
class Net:
    """One registry; ``answer`` decides, ``seen`` are the requests that came."""

    answer: Handler
    seconds: float = 0.0
    seen: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    open: int = 0
    most: int = 0

    def watch(self, *, concurrency: int = 4, per_minute: int = 6000, login: str = "") -> RegistryWatch:
        async def send(method: str, url: str, headers: Mapping[str, str]) -> Answer:
            request = httpx.Request(method, url, headers=dict(headers))
            self.seen.append(request)
            self.open += 1
            self.most = max(self.most, self.open)
            await asyncio.sleep(0)
            self.open -= 1
            response = self.answer(request)
            return Answer(method, url, response.status_code, dict(response.headers), response.content)

        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)
            await asyncio.sleep(0)

        return RegistryWatch(
            Endpoint(HOST),
            Authenticator((lambda: (login, "secret", None)) if login else None),
            concurrency=concurrency,
            per_minute=per_minute,
            clock=Clock(monotonic=lambda: self.seconds, now=lambda: self.seconds),
            sleep=sleep,
            send=send,
        )

    def poll(self, watch: RegistryWatch, *tags: str, known: Digest | None = None) -> Looks:
        async def watch_of(_host: str) -> RegistryWatch:
            return watch

        bases = {tag: Reference(HOST, "team/base", tag) for tag in tags}
        return asyncio.run(Poller(watch_of).poll(bases, dict.fromkeys(tags, known) if known else {}))


def ok(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, headers={"Docker-Content-Digest": A})


def test_a_look_is_a_conditional_head_for_every_kind_of_manifest() -> None:
    net = Net(lambda request: httpx.Response(304))
    assert net.poll(net.watch(), "1", known=A).seen == {"1": A}
    (request,) = net.seen
    assert request.method == "HEAD"
    assert request.headers["If-None-Match"] == f'"{A}"'
    assert "application/vnd.oci.image.index.v1+json" in request.headers["Accept"]


def test_a_registry_without_conditions_answers_the_same_digest() -> None:
    net = Net(ok)
    assert net.poll(net.watch(), "1", known=A).seen == {"1": A}
    assert net.poll(net.watch(), "1", known=B).seen == {"1": A}


def test_a_registry_that_tells_no_digest_or_has_no_head_is_read() -> None:
    body = b'{"schemaVersion": 2}'
    silent = Net(lambda request: httpx.Response(200, content=body if request.method == "GET" else b""))
    assert silent.poll(silent.watch(), "1").seen == {"1": Digest.of(body)}
    headless = Net(lambda request: httpx.Response(405) if request.method == "HEAD" else ok(request))
    assert headless.poll(headless.watch(), "1").seen == {"1": A}


def test_the_error_of_one_base_does_not_stop_the_others() -> None:
    net = Net(lambda request: httpx.Response(404) if request.url.path.endswith("/gone") else ok(request))
    looks = net.poll(net.watch(), "1", "gone", "2")
    assert looks.seen == {"1": A, "2": A}
    error = looks.failed["gone"]
    assert isinstance(error, RegistryError)
    assert error.status == 404
    assert HOST in error.endpoint


def test_no_answer_and_nonsense_are_errors_of_that_base() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/cut"):
            raise ConnectionRefusedError("refused")
        return httpx.Response(200, headers={"Docker-Content-Digest": "md5:0"})

    looks = Net(answer).poll(Net(answer).watch(), "cut", "odd")
    assert set(looks.failed) == {"cut", "odd"}


def test_a_registry_that_asks_for_a_pause_gets_it() -> None:
    net = Net(lambda request: httpx.Response(429, headers={"Retry-After": "90"}))
    watch = net.watch(concurrency=1)
    looks = net.poll(watch, *(str(number) for number in range(50)))
    assert len(net.seen) == 1
    assert (len(looks.failed), len(looks.held)) == (1, 49)
    net.answer = ok
    net.seconds = 89
    assert len(net.poll(watch, "1").held) == 1
    net.seconds = 90
    assert net.poll(watch, "1").seen == {"1": A}


def test_a_silent_registry_costs_one_time_out_a_poll() -> None:
    def silence(_request: httpx.Request) -> httpx.Response:
        raise TimeoutError

    net = Net(silence)
    watch = net.watch(concurrency=4)
    tags = [str(number) for number in range(10)]

    async def watch_of(_host: str) -> RegistryWatch:
        return watch

    async def polls() -> list[Looks]:
        poller, bases = Poller(watch_of), {tag: Reference(HOST, "team/base", tag) for tag in tags}
        found = [await poller.poll(bases, {}), await poller.poll(bases, {})]
        net.answer = ok
        return [*found, await poller.poll(bases, {})]

    first, second, third = asyncio.run(polls())
    assert (list(first.failed), first.held) == (tags[:4], tags[4:])
    assert set(second.failed) == set(tags[4:8]), "whoever was passed over comes first"
    assert set(third.seen) == set(tags)


@pytest.mark.parametrize(("status", "pauses"), [(429, True), (503, False), (500, False)])
def test_without_retry_after_only_429_is_a_pause(status: int, pauses: bool) -> None:
    net = Net(lambda request: httpx.Response(status))
    watch = net.watch()
    net.poll(watch, "1")
    assert watch.pausing is pauses


def test_a_pause_without_end_is_none() -> None:
    net = Net(lambda request: httpx.Response(429, headers={"Retry-After": "999999"}))
    watch = net.watch()
    net.poll(watch, "1")
    net.seconds = 3600
    assert not watch.pausing


def test_never_more_requests_at_a_time_than_allowed() -> None:
    net = Net(ok)
    net.poll(net.watch(concurrency=3), *(str(number) for number in range(40)))
    assert net.most == 3


def test_requests_are_spread_over_the_minute() -> None:
    net = Net(ok)
    net.poll(net.watch(concurrency=1, per_minute=60), *(str(number) for number in range(4)))
    assert net.slept == [1.0, 2.0, 3.0], "the clock stands, so each waits for its own second"


def test_basic_authentication_is_asked_for_once() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "Authorization" not in request.headers:
            return httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="x"'})
        return ok(request)

    net = Net(answer)
    watch = net.watch(login="me", concurrency=1)
    assert len(net.poll(watch, "1", "2", "3").seen) == 3
    assert len(net.seen) == 4
    anonymous = Net(answer)
    error = anonymous.poll(anonymous.watch(), "1").failed["1"]
    assert isinstance(error, RegistryError)
    assert error.status == 401


def test_a_bearer_token_is_fetched_and_the_password_stays_with_its_server() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "auth.test":
            assert request.headers["Authorization"].startswith("Basic ")
            assert request.url.params["scope"] == "repository:team/base:pull"
            return httpx.Response(200, json={"token": "t0k"})
        if request.headers.get("Authorization") == "Bearer t0k":
            return ok(request)
        header = f'Bearer realm="https://auth.test/token",service="{HOST}"'
        return httpx.Response(401, headers={"WWW-Authenticate": header})

    net = Net(answer)
    assert len(net.poll(net.watch(login="me", concurrency=1), "1", "2").seen) == 2
    assert [request.url.host for request in net.seen] == [HOST, "auth.test", HOST, HOST]


def test_a_redirect_elsewhere_gets_no_credentials() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "store.test":
            assert "Authorization" not in request.headers
            return ok(request)
        if "Authorization" not in request.headers:
            return httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="x"'})
        return httpx.Response(307, headers={"Location": "https://store.test/x"})

    net = Net(answer)
    assert net.poll(net.watch(login="me"), "1").seen == {"1": A}


def test_a_registry_whose_connection_is_wrong_fails_its_bases_alone() -> None:
    net = Net(ok)

    async def watch_of(host: str) -> RegistryWatch:
        if host == "wrong.test":
            raise InputError("Airflow has no Connection 'x'")
        return net.watch()

    bases = {"a": Reference("wrong.test", "r", "1"), "b": Reference(HOST, "r", "1")}
    looks = asyncio.run(Poller(watch_of).poll(bases, {}))
    assert looks.seen == {"b": A}
    assert isinstance(looks.failed["a"], InputError)
