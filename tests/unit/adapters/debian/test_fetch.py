"""One answer of a package archive: asked again where it may help, and never waited for without end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from golden_images.adapters.debian import fetch
from golden_images.adapters.debian.fetch import Fetcher
from golden_images.adapters.retry import Clock
from golden_images.errors import ServiceError

ADDRESS = "http://mirror.test/debian/dists/test/InRelease"


class World:
    """An archive that answers by ``handler``, and a clock that only waiting and ``seconds`` move."""

    def __init__(self, cache: Path, handler: Callable[[httpx.Request], httpx.Response]) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.asked = 0
        self._handler = handler
        clock = Clock(monotonic=lambda: self.now, now=lambda: self.now, sleep=self._sleep, random=lambda: 0.0)
        self.fetcher = Fetcher(cache, clock)
        self.fetcher._http = httpx.Client(transport=httpx.MockTransport(self._handle))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return self._handler(request)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_a_pause_that_the_archive_asks_for_is_kept(tmp_path: Path) -> None:
    answers = [httpx.Response(429, headers={"Retry-After": "17"}), httpx.Response(200, content=b"there")]
    world = World(tmp_path, lambda _request: answers.pop(0))
    assert world.fetcher.content(ADDRESS) == b"there"
    assert world.slept == [17.0]


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_what_no_second_try_changes_is_not_tried(tmp_path: Path, status: int) -> None:
    world = World(tmp_path, lambda _request: httpx.Response(status))
    with pytest.raises(ServiceError, match=ADDRESS) as caught:
        world.fetcher.content(ADDRESS)
    assert (caught.value.retryable, world.asked) == (False, 1)


def test_an_address_that_is_none_is_not_tried_again(tmp_path: Path) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.UnsupportedProtocol("ftp", request=request)

    world = World(tmp_path, refuse)
    with pytest.raises(ServiceError) as caught:
        world.fetcher.content("ftp://mirror.test/")
    assert (caught.value.retryable, world.asked) == (False, 1)


def test_an_answer_that_drips_is_left_at_its_deadline(tmp_path: Path) -> None:
    """Each byte comes in time for the time-out of one read."""

    def drip() -> Iterator[bytes]:
        while True:
            world.now += fetch.TIMEOUT_SECONDS - 1
            yield b"."

    world = World(tmp_path, lambda _request: httpx.Response(200, content=drip()))
    with pytest.raises(ServiceError) as caught:
        world.fetcher.content(ADDRESS)
    assert f"not done within {fetch.WHOLE_SECONDS} seconds" in caught.value.cause
    assert caught.value.retryable
    assert world.now < 2 * fetch.WHOLE_SECONDS, "a deadline that passed is not given anew"


def test_an_answer_without_end_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "MOST_BYTES", 1000)

    def endless() -> Iterator[bytes]:
        while True:
            yield b"." * 300

    world = World(tmp_path, lambda _request: httpx.Response(200, content=endless()))
    with pytest.raises(ServiceError, match="has no end") as caught:
        world.fetcher.content(ADDRESS)
    assert (caught.value.retryable, world.asked) == (False, 1)
