"""The application: plain WSGI (PEP 3333). Replace it by yours and keep ``/healthz``."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterable
from typing import Any


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answers ``/`` with what runs here and ``/healthz`` with ``ok``; anything else is not found."""
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    answers: dict[str, tuple[str, bytes]] = {
        "/": ("application/json", json.dumps({"python": platform.python_version()}).encode() + b"\n"),
        "/healthz": ("text/plain; charset=utf-8", b"ok\n"),
    }
    if path not in answers:
        status, (kind, body) = "404 Not Found", ("text/plain; charset=utf-8", b"not found\n")
    elif method not in ("GET", "HEAD"):
        status, (kind, body) = "405 Method Not Allowed", ("text/plain; charset=utf-8", b"GET or HEAD\n")
    else:
        status, (kind, body) = "200 OK", answers[path]
    header = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("X-Content-Type-Options", "nosniff"),
    ]
    if status.startswith("405"):
        header.append(("Allow", "GET, HEAD"))
    start_response(status, header)
    return [] if method == "HEAD" else [body]
