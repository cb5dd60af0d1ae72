"""HTTP to one registry: authentication, redirects, retries and time-outs. The only file that knows httpx.

What decides (URLs, challenges, waiting, error texts) is in files without I/O, so that an asynchronous
client needs only its own counterpart of this one.
"""

from __future__ import annotations

import logging
import ssl
import weakref
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from golden_images.adapters.registry import failures
from golden_images.adapters.registry.auth import Authenticator, TokenRequest
from golden_images.adapters.registry.endpoint import Endpoint, loopback
from golden_images.adapters.registry.trust import trust_store, untrusted
from golden_images.adapters.retry import PASSING, Attempts, Clock, RetryPolicy, retry_after

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 5
#: Seconds to connect; a registry that is there answers at once.
_CONNECT = 10.0
#: httpx logs every URL with its query, which carries signatures of blob stores and upload states.
own_request: ContextVar[bool] = ContextVar("golden_images_registry_request", default=False)
logging.getLogger("httpx").addFilter(lambda _record: not own_request.get())


@dataclass(frozen=True, slots=True)
class Call:
    """One request. ``action`` is for errors, and names the repository."""

    method: str
    url: str
    action: str
    scope: str = ""
    headers: Mapping[str, str] | None = None
    #: Read anew for each try.
    content: bytes | Iterable[bytes] | None = field(default=None, repr=False)
    #: Statuses that the caller deals with; every other one is raised.
    accept: frozenset[int] = frozenset({200})
    #: Whether the same request again does no harm if the first one's answer was lost.
    repeatable: bool = True


class Transport:
    """A pool of connections to one registry and to the stores it redirects to; safe between threads."""

    def __init__(
        self,
        endpoint: Endpoint,
        authenticator: Authenticator,
        *,
        ca_file: Path | None = None,
        timeout: float = 60.0,
        policy: RetryPolicy | None = None,
        clock: Clock | None = None,
        http: httpx.BaseTransport | None = None,
    ) -> None:
        """``timeout`` in seconds for each read and write; ``http`` replaces the network in tests."""
        self.endpoint = endpoint
        self.policy = policy or RetryPolicy()
        self.clock = clock or Clock()
        self._auth = authenticator
        self._client = httpx.Client(
            transport=http,
            verify=trust_store(ca_file) if http is None and not endpoint.plain_http else True,
            timeout=httpx.Timeout(timeout, connect=min(_CONNECT, timeout)),
            follow_redirects=False,
            # A proxy named in the environment is for the world, not for this machine.
            trust_env=not loopback(endpoint.host),
            headers={"User-Agent": "golden-images"},
        )
        # The port has no close: whoever holds a registry just lets go of it.
        self._close = weakref.finalize(self, self._client.close)

    def close(self) -> None:
        self._close()

    def send(self, call: Call) -> httpx.Response:
        """The answer, read to its end. Raises RegistryError; see :class:`Call`."""
        with self.stream(call) as response:
            return response

    def request(
        self,
        method: str,
        url: str,
        action: str,
        scope: str,
        headers: Mapping[str, str] | None = None,
        *,
        content: bytes | None = None,
        accept: Collection[int] = (200,),
    ) -> httpx.Response:
        """:meth:`send` in one breath."""
        return self.send(Call(method, url, action, scope, headers, content, frozenset(accept)))

    @contextmanager
    def stream(self, call: Call, *, whole: bool = True) -> Iterator[httpx.Response]:
        """As :meth:`send`; with ``whole=False`` the body of a 2xx is left to be read by the caller."""
        response = self._with_retries(call, whole)
        try:
            yield response
        finally:
            response.close()

    def _with_retries(self, call: Call, whole: bool) -> httpx.Response:
        attempts = Attempts(self.policy, self.clock)
        while True:
            try:
                response = self._authenticated(call, attempts, whole)
            except (httpx.TransportError, httpx.DecodingError, ssl.SSLError) as error:
                distrust = untrusted(error)
                if distrust or not call.repeatable or not attempts.again():
                    raise failures.unreachable(
                        call.action, call.method, call.url, error, tries=attempts.made, untrusted=distrust
                    ) from error
                continue
            if response.status_code in call.accept:
                return response
            response.close()
            if response.status_code in PASSING and (call.repeatable or response.status_code == 429):
                asked = retry_after(response.headers.get("Retry-After"), self.clock.now())
                if attempts.again(asked):
                    continue
            raise failures.refused(
                call.action,
                call.method,
                call.url,
                response.status_code,
                response.content,
                tries=attempts.made,
            )

    def _authenticated(self, call: Call, attempts: Attempts, whole: bool) -> httpx.Response:
        """One try, with a new token or password where the old one is refused."""
        if missing := self._auth.missing(call.scope):
            self._fetch_token(missing, call, attempts)
        response = self._followed(call, whole)
        if response.status_code != 401 or not self.endpoint.trusts(str(response.url)):
            return response
        step = self._auth.challenged(response.headers.get("WWW-Authenticate", ""), call.scope)
        if isinstance(step, TokenRequest):
            self._fetch_token(step, call, attempts)
        elif not step:
            return response
        response.close()
        return self._followed(call, whole)

    def _fetch_token(self, request: TokenRequest, call: Call, attempts: Attempts) -> None:
        action = f"{call.action}: token"
        while True:
            response = self._once("GET", request.url, request.headers, None, whole=True)
            if response.status_code == 200:
                break
            asked = retry_after(response.headers.get("Retry-After"), self.clock.now())
            if response.status_code in PASSING and attempts.again(asked):
                continue
            raise failures.refused(
                action, "GET", request.url, response.status_code, response.content, tries=attempts.made
            )
        try:
            accepted = self._auth.accept(request.scope, response.json())
        except (ValueError, AttributeError):
            accepted = False
        if not accepted:
            raise failures.nonsense(action, request.url, "the token server's answer holds no token")

    def _followed(self, call: Call, whole: bool) -> httpx.Response:
        method, url, content = call.method, call.url, call.content
        for _ in range(_MAX_REDIRECTS + 1):
            headers = dict(call.headers or {})
            # A store that the registry redirects to has its own signature in the URL; our
            # credentials are nobody's business but the registry's.
            if self.endpoint.trusts(url) and (authorization := self._auth.header(call.scope)):
                headers["Authorization"] = authorization
            response = self._once(method, url, headers, content, whole)
            location = response.headers.get("Location")
            if response.status_code not in _REDIRECTS or not location:
                return response
            response.close()
            url = self.endpoint.join(url, location)
            if response.status_code == 303:
                method, content = "GET", None
        raise failures.nonsense(call.action, call.url, f"more than {_MAX_REDIRECTS} redirects")

    def _once(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | Iterable[bytes] | None,
        whole: bool,
    ) -> httpx.Response:
        try:
            request = self._client.build_request(method, url, headers=headers, content=content)
        except httpx.InvalidURL as error:
            raise failures.nonsense(f"request to {self.endpoint.host}", url, str(error)) from error
        mark = own_request.set(True)
        try:
            response = self._client.send(request, stream=True)
            if whole or not response.is_success:
                response.read()
            return response
        finally:
            own_request.reset(mark)
