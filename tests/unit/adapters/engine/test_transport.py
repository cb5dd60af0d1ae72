"""The engine's HTTP answers, whole and broken, over a stand-in for the SDK's client."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import docker
import pytest

from golden_images.adapters.engine import DockerEngine, transport
from golden_images.errors import EngineError
from golden_images.ports import BuildRequest

IMAGE_ID = b'{"id":"moby.image.id","aux":{"ID":"sha256:1"}}\r\n'


@contextmanager
def engine(
    status: int,
    *chunks: bytes,
    hang: bool = False,
    version: str = "1.41",
    login: Callable[[str], tuple[str, str] | None] = lambda host: None,
    posts: list[tuple[str, dict[str, str]]] | None = None,
) -> Iterator[DockerEngine]:
    """An engine that answers builds so; an empty chunk cuts the connection. ``posts`` get the path of
    each request and the login in it."""
    release = Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(200, [b"OK"])

        def do_DELETE(self) -> None:
            self._answer(404, [b'{"message":"No such image"}'])

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if posts is not None:
                who = base64.urlsafe_b64decode(self.headers.get("X-Registry-Auth", "e30="))
                posts.append((self.path.partition("?")[0].removeprefix("/v1.41"), json.loads(who)))
            self._answer(status, list(chunks))
            if hang:
                release.wait(30)

        def _answer(self, code: int, parts: list[bytes]) -> None:
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for part in parts:
                if not part:
                    self.close_connection = True
                    return
                self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            if not (hang and self.command == "POST"):
                self.wfile.write(b"0\r\n\r\n")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    endpoint = f"tcp://127.0.0.1:{server.server_port}"
    client = docker.APIClient(base_url=endpoint, version=version, timeout=10)
    try:
        yield DockerEngine(lambda: client, endpoint, login=login)
    finally:
        release.set()
        client.close()
        server.shutdown()
        thread.join()
        server.server_close()


def build(subject: DockerEngine, timeout_seconds: int = 20, bases: Sequence[str] = ()) -> str:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.GNU_FORMAT) as archive:
        member = tarfile.TarInfo("Dockerfile")
        member.size = 13
        archive.addfile(member, io.BytesIO(b"FROM scratch\n"))
    content.seek(0)
    return subject.build(
        BuildRequest(content, "Dockerfile", "a:1", {}, {}, bases, timeout_seconds=timeout_seconds), print
    )


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "POLICY", replace(transport.POLICY, base=0.0))


def test_messages_may_be_cut_anywhere() -> None:
    with engine(200, IMAGE_ID[:9], IMAGE_ID[9:-1], IMAGE_ID[-1:]) as subject:
        assert build(subject) == "sha256:1"


@pytest.mark.parametrize(
    ("status", "chunks", "cause", "retryable"),
    [
        (500, [b'{"message":"out of order"}'], "HTTP 500: out of order", True),
        (400, [b'{"message":"bad platform"}'], "HTTP 400: bad platform", False),
        (502, [b"<html>gateway</html>"], "HTTP 502: <html>gateway</html>", True),
        (200, [b"no json\r\n"], "cut or no JSON", True),
        (200, [IMAGE_ID[:20], b""], "", True),
        (200, [b'{"stream":"hello"}\r\n'], "without an image id", True),
    ],
)
def test_a_broken_answer_is_an_engine_error(
    status: int, chunks: list[bytes], cause: str, retryable: bool
) -> None:
    with engine(status, *chunks) as subject:
        with pytest.raises(EngineError) as caught:
            build(subject)
        assert cause in caught.value.cause
        assert caught.value.cause
        assert caught.value.retryable is retryable
        assert subject.endpoint in str(caught.value)


def test_an_engine_that_falls_silent_is_left_after_the_time_out() -> None:
    with (
        engine(200, b'{"stream":"hello"}\r\n', hang=True) as subject,
        pytest.raises(EngineError, match="not done within 1 seconds"),
    ):
        build(subject, timeout_seconds=1)


def test_an_engine_without_buildkit_is_refused() -> None:
    with engine(200, version="1.38") as subject, pytest.raises(EngineError, match="no BuildKit") as caught:
        subject.ping()
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("login", "pulled_as"),
    [(None, None), (("", ""), {}), (("me", "secret"), {"username": "me", "password": "secret"})],
)
def test_bases_are_pulled_first_as_their_own_registry_wants_it(
    login: tuple[str, str] | None, pulled_as: dict[str, str] | None
) -> None:
    posts: list[tuple[str, dict[str, str]]] = []
    asked: list[str] = []

    def login_of(host: str) -> tuple[str, str] | None:
        asked.append(host)
        return login

    bases = [f"registry.test:5000/team/{name}@sha256:{'1' * 64}" for name in ("base", "tools")]
    with engine(200, IMAGE_ID, login=login_of, posts=posts) as subject:
        assert build(subject, bases=bases) == "sha256:1"
    pulls = [("/images/create", pulled_as)] * 2 if pulled_as is not None else []
    # The build itself has nobody's login.
    assert posts == [*pulls, ("/build", {})]
    assert set(asked) == {"registry.test:5000"}
