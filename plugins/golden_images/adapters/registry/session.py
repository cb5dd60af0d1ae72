"""Requests of an event loop, over connections that are kept.

By aiohttp, where all else speaks httpx: a thousand looks cost a fifth of the CPU time
(``adr/0009-base-watch.md``), and the triggerer's loop is everybody's.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from yarl import URL

from golden_images.adapters.registry.endpoint import Endpoint, loopback
from golden_images.adapters.registry.trust import trust_store

#: What a request may end in where there is no answer.
NO_ANSWER = (aiohttp.ClientError, TimeoutError, ssl.SSLError, OSError)


@dataclass(frozen=True, slots=True)
class Answer:
    """Names of ``headers`` in lower case."""

    method: str
    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""


#: Method, URL and headers to an answer; raises one of :data:`NO_ANSWER`.
Send = Callable[[str, str, Mapping[str, str]], Awaitable[Answer]]


class Session:
    """Connections to one registry and to what it redirects to. Made on first use, in the loop."""

    def __init__(self, endpoint: Endpoint, *, concurrency: int, ca_file: Path | None, timeout: float) -> None:
        self._endpoint = endpoint
        self._concurrency = concurrency
        self._ca_file = ca_file
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    async def send(self, method: str, url: str, headers: Mapping[str, str]) -> Answer:
        if self._session is None:
            self._session = await self._open()
        target = URL(url, encoded=True)
        async with self._session.request(method, target, headers=headers, allow_redirects=False) as response:
            content = b"" if method == "HEAD" else await response.read()
            told = {name.lower(): value for name, value in response.headers.items()}
            return Answer(method, url, response.status, told, content)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _open(self) -> aiohttp.ClientSession:
        trust: ssl.SSLContext | bool = True
        if not self._endpoint.plain_http:
            # Reading the certificates of a whole system takes its time.
            trust = await asyncio.to_thread(trust_store, self._ca_file)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._concurrency, ssl=trust),
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            # A proxy named in the environment is for the world, not for this machine.
            trust_env=not loopback(self._endpoint.host),
            # A registry's cookies are its load balancer's business, and none of ours.
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "golden-images"},
        )
