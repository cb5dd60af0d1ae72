"""A web server on loopback that gives files, as well or as badly as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Page:
    content: bytes = b""
    status: int = 200
    etag: str = ""
    modified: str = ""
    location: str = ""
    #: Says so many bytes, whatever it sends; -1: says nothing.
    length: int | None = None
    #: So many times 503 comes first.
    unwell: int = 0


@dataclass
class WebService:
    port: int = 0
    pages: dict[str, Page] = field(default_factory=dict)
    #: Path, status and the validator that was asked with.
    answers: list[tuple[str, int, str]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, service: WebService, *args: Any, **more: Any) -> None:
        self._service = service
        super().__init__(*args, **more)

    def do_GET(self) -> None:
        page = self._service.pages.get(self.path, Page(b"not here", 404))
        asked = self.headers.get("If-None-Match") or self.headers.get("If-Modified-Since") or ""
        status, content = page.status, page.content
        if page.unwell > 0:
            page.unwell -= 1
            status, content = 503, b"later"
        elif asked and asked in (page.etag, page.modified):
            status, content = 304, b""
        self._service.answers.append((self.path, status, asked))
        self.send_response(status)
        for name, value in (
            ("ETag", page.etag),
            ("Last-Modified", page.modified),
            ("Location", page.location),
        ):
            if value:
                self.send_header(name, value)
        length = len(content) if page.length is None or status != 200 else page.length
        if length >= 0:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def web_service() -> Iterator[WebService]:
    service = WebService()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, service))
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
