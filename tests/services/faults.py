"""A registry behind bad luck: an HTTP proxy on a real socket that does as told, once or for good.

Each fault says which requests it strikes (method, part of the path) and how often; what no fault
strikes is passed on to the registry behind it. Every request is written down.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_HOP = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})
_FOREVER = 1_000_000


@dataclass
class Fault:
    """Strikes ``times`` requests after letting ``skip`` of them pass."""

    method: str = ""
    path: str = ""
    times: int = _FOREVER
    skip: int = 0

    def strikes(self, method: str, path: str) -> bool:
        if self.times == 0 or self.method not in ("", method) or self.path not in path:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass
class Answer(Fault):
    """Answered by the proxy itself."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class Silence(Fault):
    """The request is read and never answered."""


@dataclass
class CutRequest(Fault):
    """The registry gets ``after`` bytes of the body, then both connections end."""

    after: int = 0


@dataclass
class LoseAnswer(Fault):
    """The registry gets all of the request; its answer gets lost."""


@dataclass
class CutAnswer(Fault):
    """The answer's body ends after ``after`` bytes."""

    after: int = 0


@dataclass
class Tamper(Fault):
    """The answer passes with other headers, or with the first byte of its body changed."""

    headers: Mapping[str, str] = field(default_factory=dict)
    body: bool = False


@dataclass(frozen=True)
class Seen:
    """``at`` by the monotonic clock, in seconds."""

    method: str
    path: str
    headers: Mapping[str, str]
    size: int
    at: float
    #: What struck it; None if it was passed on.
    fault: Fault | None


class FaultyProxy:
    """``upstream`` is ``host:port`` of the registry; empty if every request meets a fault."""

    def __init__(self, upstream: str = "") -> None:
        self.upstream = upstream
        self.faults: list[Fault] = []
        self.seen: list[Seen] = []
        self.closing = threading.Event()
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def requests(self, method: str, path: str = "") -> list[Seen]:
        return [one for one in self.seen if one.method == method and path in one.path]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def faulty(upstream: str = "", *faults: Fault) -> Iterator[FaultyProxy]:
    proxy = FaultyProxy(upstream)
    proxy.faults = list(faults)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()


class _Handler(BaseHTTPRequestHandler):
    owner: FaultyProxy
    protocol_version = "HTTP/1.1"
    #: So that a client that keeps its connection open does not keep the test waiting.
    timeout = 2

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass

    def handle_any(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        self.close_connection = True
        at = time.monotonic()
        fault = next((one for one in self.owner.faults if one.strikes(self.command, self.path)), None)
        self.owner.seen.append(Seen(self.command, self.path, dict(self.headers), size, at, fault))
        match fault:
            case Silence():
                self.rfile.read(size)
                self.owner.closing.wait(30)
            case Answer(status=status, headers=headers, body=body):
                self.rfile.read(size)
                self._reply(status, dict(headers), body)
            case CutRequest(after=after):
                self._pass_on(self.rfile.read(after), size).close()
            case LoseAnswer():
                upstream = self._pass_on(self.rfile.read(size), size)
                upstream.getresponse().read()
                upstream.close()
            case _:
                self._proxied(fault, size)

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815

    def _pass_on(self, body: bytes, size: int) -> http.client.HTTPConnection:
        upstream = http.client.HTTPConnection(self.owner.upstream, timeout=30)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in _HOP:
                upstream.putheader(name, value)
        upstream.putheader("Content-Length", str(size))
        upstream.endheaders(body or None)
        return upstream

    def _proxied(self, fault: Fault | None, size: int) -> None:
        upstream = self._pass_on(self.rfile.read(size), size)
        response = upstream.getresponse()
        body = response.read()
        headers = {name: value for name, value in response.headers.items() if name.lower() not in _HOP}
        length = response.headers.get("Content-Length") if self.command == "HEAD" else None
        upstream.close()
        if isinstance(fault, Tamper):
            headers.update(fault.headers)
            if fault.body:
                body = bytes([body[0] ^ 1]) + body[1:]
        cut = fault.after if isinstance(fault, CutAnswer) else None
        self._reply(response.status, headers, body, length=length, cut=cut)

    def _reply(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        length: str | None = None,
        cut: int | None = None,
    ) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", length or str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:cut])
