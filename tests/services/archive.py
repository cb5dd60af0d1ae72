"""A signed package archive of several suites, served on loopback: ``tests/fixtures/archive``."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

FIXTURE = Path(__file__).parents[1] / "fixtures" / "archive"
KEYRING = FIXTURE / "keyring.gpg"


@dataclass
class ArchiveService:
    """``answers``: ``(status, path)`` of every request; ``replace``: other content for a path."""

    host: str = "127.0.0.1"
    port: int = 0
    answers: list[tuple[int, str]] = field(default_factory=list)
    replace: dict[str, bytes] = field(default_factory=dict)
    #: So many of the next requests are answered 503.
    unwell: int = 0
    #: Which state of ``bookworm`` is served; none by default.
    night: int = 0
    #: While it is clear, an answer waits; requests are counted when they come.
    open: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.open.set()

    @property
    def mirror(self) -> str:
        return f"http://{self.host}:{self.port}/debian"

    def content(self, path: str) -> bytes | None:
        if path in self.replace:
            return self.replace[path]
        _, _, pooled = path.partition("/pool/")
        whole = f"pool/{pooled}" if pooled else path.lstrip("/")
        for folder in (FIXTURE / "nights" / str(self.night), FIXTURE):
            if (found := folder / whole).is_file():
                return found.read_bytes()
        return None


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, service: ArchiveService, *args: Any, **more: Any) -> None:
        self._service = service
        super().__init__(*args, **more)

    def do_GET(self) -> None:
        content = self._service.content(self.path)
        status = 200
        if self._service.unwell > 0:
            self._service.unwell -= 1
            status, content = 503, None
        elif content is None:
            status = 404
        # Not by the files' times, which a checkout makes the same for every night.
        tag = f'"{hashlib.sha256(content or b"").hexdigest()}"'
        if status == 200 and self.headers.get("If-None-Match") == tag:
            status, content = 304, None
        self._service.answers.append((status, self.path))
        self._service.open.wait(60)
        self.send_response(status)
        self.send_header("Content-Length", str(len(content or b"")))
        if status in (200, 304):
            self.send_header("ETag", tag)
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass


@contextmanager
def serving(host: str = "127.0.0.1") -> Iterator[ArchiveService]:
    service = ArchiveService(host)
    server = ThreadingHTTPServer((host, 0), partial(_Handler, service))
    service.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.open.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def archive_service() -> Iterator[ArchiveService]:
    with serving() as service:
        yield service
