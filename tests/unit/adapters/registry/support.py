"""A client whose network is a function, and whose time is a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from golden_images.adapters.registry.auth import Authenticator, Credentials
from golden_images.adapters.registry.client import RegistryClient
from golden_images.adapters.registry.endpoint import Endpoint
from golden_images.adapters.registry.transport import Transport
from golden_images.adapters.retry import Clock, RetryPolicy

Handler = Callable[[httpx.Request], httpx.Response]


@dataclass
class World:
    """``handler`` is the registry; everything asked of it is in ``requests``, and waits in ``waits``."""

    handler: Handler
    host: str = "registry.test"
    credentials: Credentials | None = None
    chunk: int = 100
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    requests: list[httpx.Request] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    now: float = 1_000_000.0

    def __post_init__(self) -> None:
        clock = Clock(monotonic=lambda: self.now, now=lambda: self.now, sleep=self._sleep, random=lambda: 0.0)
        self.transport = Transport(
            Endpoint(self.host),
            Authenticator(self.credentials, clock=clock),
            policy=self.policy,
            clock=clock,
            http=httpx.MockTransport(self._handle),
        )
        self.client = RegistryClient(self.transport, chunk=self.chunk)

    def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.handler(request)

    def asked(self, method: str, path: str = "") -> list[httpx.Request]:
        return [one for one in self.requests if one.method == method and path in one.url.path]
