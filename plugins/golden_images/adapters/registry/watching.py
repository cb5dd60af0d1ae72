"""One registry whose tags are looked at over and over: conditional HEADs at a bounded rate.

The asynchronous counterpart of ``transport.py``, for the triggerer's event loop. There is no retry here:
the next poll is one. A registry that asks for a pause gets it: until it is over, none of its tags is
asked for (``polling.py``).

Source: OCI distribution-spec 1.1, "Checking if content exists"; RFC 9110 sections 13.1.2 (If-None-Match)
and 10.2.3 (Retry-After). That a manifest's ETag is its digest in quotes is distribution's way, and that of
those that follow it; where it is not honoured, the answer is a 200 with the digest and costs no more.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from golden_images.adapters.registry import documents, failures
from golden_images.adapters.registry.auth import Authenticator, TokenRequest
from golden_images.adapters.registry.endpoint import Endpoint, pull_scope
from golden_images.adapters.registry.session import NO_ANSWER, Answer, Send, Session
from golden_images.adapters.registry.trust import untrusted
from golden_images.adapters.retry import PASSING, Clock, retry_after
from golden_images.core.digest import Digest
from golden_images.core.reference import Reference
from golden_images.errors import RegistryError

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 5
#: A pause that a registry asks for without saying how long, in seconds.
_PAUSE = 60.0
#: A registry that asks for more than this is asked again after this, in seconds.
_LONGEST_PAUSE = 3600.0

Sleep = Callable[[float], Awaitable[None]]


class RegistryWatch:
    """One registry. For one event loop; connections are kept between polls."""

    def __init__(
        self,
        endpoint: Endpoint,
        authenticator: Authenticator,
        *,
        concurrency: int,
        per_minute: int,
        ca_file: Path | None = None,
        timeout: float = 20.0,
        clock: Clock | None = None,
        sleep: Sleep = asyncio.sleep,
        send: Send | None = None,
    ) -> None:
        """``timeout`` in seconds for each request; ``send`` replaces the network in tests."""
        self.endpoint = endpoint
        self.concurrency = concurrency
        #: Requests sent, for people and benchmarks.
        self.requests = 0
        self._auth = authenticator
        self._clock = clock or Clock()
        self._sleep = sleep
        self._gap = 60.0 / per_minute
        self._free = self._clock.monotonic()
        self._paused_until = self._free
        self._session = Session(endpoint, concurrency=concurrency, ca_file=ca_file, timeout=timeout)
        self._send = send or self._session.send

    async def close(self) -> None:
        await self._session.close()

    @property
    def pausing(self) -> bool:
        """Whether the registry asked not to be asked now."""
        return self._clock.monotonic() < self._paused_until

    async def look(self, reference: Reference, known: Digest | None) -> Digest:
        """What the tag is now; ``known`` itself if it has not changed. Raises RegistryError."""
        tag = reference.tag or ""
        action = f"look at {reference.repository}:{tag}"
        url = self.endpoint.manifest(reference.repository, tag)
        headers = {"If-None-Match": f'"{known}"'} if known else {}
        response = await self._authenticated("HEAD", url, action, pull_scope(reference.repository), headers)
        if response.status == 304 and known:
            return known
        if response.status == 405:
            response = await self._authenticated("GET", url, action, pull_scope(reference.repository), {})
        if response.status != 200:
            raise self._refused(action, response)
        told = response.headers.get("docker-content-digest")
        try:
            return Digest(told) if told else Digest.of(await self._content(url, action, reference))
        except ValueError as error:
            raise failures.nonsense(action, url, str(error)) from error

    async def _content(self, url: str, action: str, reference: Reference) -> bytes:
        response = await self._authenticated("GET", url, action, pull_scope(reference.repository), {})
        if response.status != 200:
            raise self._refused(action, response)
        return response.content

    def _refused(self, action: str, response: Answer) -> RegistryError:
        if response.status in PASSING:
            asked = retry_after(response.headers.get("retry-after"), self._clock.now())
            if asked is not None or response.status == 429:
                pause = min(_PAUSE if asked is None else asked, _LONGEST_PAUSE)
                self._paused_until = max(self._paused_until, self._clock.monotonic() + pause)
        return failures.refused(action, response.method, response.url, response.status, response.content)

    async def _authenticated(
        self, method: str, url: str, action: str, scope: str, headers: Mapping[str, str]
    ) -> Answer:
        try:
            if missing := self._auth.missing(scope):
                await self._fetch_token(missing, action)
            response = await self._followed(method, url, action, scope, headers)
            if response.status != 401 or not self.endpoint.trusts(response.url):
                return response
            step = self._auth.challenged(response.headers.get("www-authenticate", ""), scope)
            if isinstance(step, TokenRequest):
                await self._fetch_token(step, action)
            elif not step:
                return response
            return await self._followed(method, url, action, scope, headers)
        except NO_ANSWER as error:
            raise failures.unreachable(
                action, method, url, error, tries=1, untrusted=untrusted(error)
            ) from error

    async def _fetch_token(self, request: TokenRequest, action: str) -> None:
        action = f"{action}: token"
        response = await self._once("GET", request.url, dict(request.headers))
        if response.status != 200:
            raise self._refused(action, response)
        try:
            accepted = self._auth.accept(request.scope, json.loads(response.content))
        except (ValueError, AttributeError):
            accepted = False
        if not accepted:
            raise failures.nonsense(action, request.url, "the token server's answer holds no token")

    async def _followed(
        self, method: str, url: str, action: str, scope: str, headers: Mapping[str, str]
    ) -> Answer:
        at = url
        for _ in range(_MAX_REDIRECTS + 1):
            sent = dict(headers)
            if self.endpoint.trusts(at) and (authorization := self._auth.header(scope)):
                sent["Authorization"] = authorization
            response = await self._once(method, at, sent)
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or not location:
                return response
            at = self.endpoint.join(at, location)
        raise failures.nonsense(action, url, f"more than {_MAX_REDIRECTS} redirects")

    async def _once(self, method: str, url: str, headers: dict[str, str]) -> Answer:
        now = self._clock.monotonic()
        self._free = max(self._free, now) + self._gap
        if (wait := self._free - self._gap - now) > 0:
            await self._sleep(wait)
        self.requests += 1
        return await self._send(method, url, {"Accept": documents.ACCEPT, **headers})
