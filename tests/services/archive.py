"""A signed package archive of four suites, served on loopback: ``tests/fixtures/archive``."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

FIXTURE = Path(__file__).parents[1] / "fixtures" / "archive"
KEYRING = FIXTURE / "keyring.gpg"


@dataclass
class ArchiveService:
    """``answers``: ``(status, path)`` of every request; ``replace``: other content for a path."""

    port: int = 0
    answers: list[tuple[int, str]] = field(default_factory=list)
    replace: dict[str, bytes] = field(default_factory=dict)
    #: So many of the next requests are answered 503.
    unwell: int = 0

    @property
    def mirror(self) -> str:
        return f"http://127.0.0.1:{self.port}/debian"


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, service: ArchiveService, *args: Any, **more: Any) -> None:
        self._service = service
        super().__init__(*args, **more)

    def do_GET(self) -> None:
        if self._service.unwell > 0:
            self._service.unwell -= 1
            self.send_error(503)
        elif (content := self._service.replace.get(self.path)) is not None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        else:
            super().do_GET()

    def log_request(self, code: Any = 0, size: Any = 0) -> None:
        self._service.answers.append((int(code), self.path))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture
def archive_service() -> Iterator[ArchiveService]:
    service = ArchiveService()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, service, directory=str(FIXTURE)))
    service.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield service
    server.shutdown()
    thread.join()
    server.server_close()
