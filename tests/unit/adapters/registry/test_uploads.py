from __future__ import annotations

import os

import httpx
import pytest

from golden_images.core.digest import Digest
from golden_images.errors import IntegrityError, RegistryError
from tests.unit.adapters.registry.support import World

CONTENT = os.urandom(450)


class Uploads:
    """A registry that keeps what it got of a cut chunk, as the specification allows."""

    def __init__(self) -> None:
        self.data = b""
        self.blob: bytes | None = None
        self.cuts: dict[int, int] = {}
        self.sessions = 0
        self.least = ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "HEAD":
            return httpx.Response(404 if self.blob is None else 200)
        return getattr(self, request.method.lower())(request)

    def post(self, request: httpx.Request) -> httpx.Response:
        self.sessions += 1
        self.data = b""
        headers = {"Location": f"/v2/golden/base/blobs/uploads/{self.sessions}?_state=0"}
        return httpx.Response(
            202, headers=headers | ({"OCI-Chunk-Min-Length": self.least} if self.least else {})
        )

    def patch(self, request: httpx.Request) -> httpx.Response:
        start, _, end = request.headers["Content-Range"].partition("-")
        assert request.headers["Content-Length"] == str(int(end) - int(start) + 1)
        if int(start) != len(self.data):
            return httpx.Response(416)
        if int(start) in self.cuts:
            self.data += request.content[: self.cuts.pop(int(start))]
            raise httpx.WriteError("connection reset")
        self.data += request.content
        return self.status(202)

    def get(self, request: httpx.Request) -> httpx.Response:
        return self.status(204)

    def put(self, request: httpx.Request) -> httpx.Response:
        self.data += request.content
        assert request.url.params["_state"], "what the Location held must be kept"
        if Digest.of(self.data) != request.url.params["digest"]:
            return httpx.Response(400, json={"errors": [{"code": "DIGEST_INVALID", "message": "no"}]})
        self.blob = self.data
        return httpx.Response(201)

    def status(self, code: int) -> httpx.Response:
        location = f"/v2/golden/base/blobs/uploads/{self.sessions}?_state={len(self.data)}"
        headers = {"Location": location, "Range": f"0-{max(0, len(self.data) - 1)}"}
        return httpx.Response(code, headers=headers)


@pytest.fixture
def registry() -> Uploads:
    return Uploads()


def test_small_blobs_go_in_one_piece(registry: Uploads) -> None:
    world = World(registry, chunk=1000)
    world.client.push_blob("golden/base", CONTENT)
    assert [one.method for one in world.requests] == ["HEAD", "POST", "PUT"]
    assert registry.blob == CONTENT


def test_large_blobs_go_in_chunks(registry: Uploads) -> None:
    world = World(registry)
    world.client.push_blob("golden/base", CONTENT)
    assert [one.headers["Content-Range"] for one in world.asked("PATCH")] == [
        "0-99",
        "100-199",
        "200-299",
        "300-399",
        "400-449",
    ]
    assert registry.blob == CONTENT


def test_a_cut_chunk_goes_on_in_its_middle(registry: Uploads) -> None:
    registry.cuts = {0: 0, 100: 37}
    world = World(registry)
    world.client.push_blob("golden/base", CONTENT)
    starts = [one.headers["Content-Range"].partition("-")[0] for one in world.asked("PATCH")]
    assert starts == ["0", "0", "100", "137", "237", "337", "437"]
    assert registry.sessions == 1
    assert registry.blob == CONTENT


def test_cuts_in_every_chunk_are_no_reason_to_give_up(registry: Uploads) -> None:
    registry.cuts = dict.fromkeys(range(0, 450, 50), 50)
    world = World(registry)
    world.client.push_blob("golden/base", CONTENT)
    assert registry.blob == CONTENT


def test_the_registrys_least_chunk_is_kept(registry: Uploads) -> None:
    registry.least = "300"
    world = World(registry)
    world.client.push_blob("golden/base", CONTENT)
    assert [one.headers["Content-Range"] for one in world.asked("PATCH")] == ["0-299", "300-449"]


def test_a_blob_that_is_there_is_not_sent(registry: Uploads) -> None:
    registry.blob = CONTENT
    world = World(registry)
    world.client.push_blob("golden/base", CONTENT)
    assert [one.method for one in world.requests] == ["HEAD"]


def test_a_registry_that_got_other_bytes(registry: Uploads) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            registry.data = b"altered on the way"
        return registry(request)

    world = World(handler)
    with pytest.raises(IntegrityError, match="another digest"):
        world.client.push_blob("golden/base", CONTENT)
    assert len(world.asked("PUT")) == 1


def test_bytes_spoilt_by_a_resumed_upload_are_sent_anew(registry: Uploads) -> None:
    registry.cuts = {100: 37}

    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            # The cut chunk's rest arrives behind the registry's back.
            registry.data = registry.data[:-1] + bytes([registry.data[-1] ^ 1])
        return registry(request)

    world = World(handler)
    world.client.push_blob("golden/base", CONTENT)
    assert registry.sessions == 2
    assert registry.blob == CONTENT


def test_a_refused_push_is_not_tried_again() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "HEAD":
            return httpx.Response(404)
        return httpx.Response(403, json={"errors": [{"code": "DENIED", "message": "read only"}]})

    world = World(handler)
    with pytest.raises(RegistryError) as caught:
        world.client.push_blob("golden/base", CONTENT)
    assert "DENIED: read only" in caught.value.cause
    assert "golden/base" in caught.value.what
    assert not caught.value.retryable
    assert len(world.requests) == 2


def test_a_location_on_another_host_sees_no_credentials() -> None:
    registry = Uploads()

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "registry.test" and "Authorization" not in request.headers:
            return httpx.Response(401, headers={"WWW-Authenticate": "Basic"})
        response = registry(request)
        if "Location" in response.headers:
            response.headers["Location"] = f"https://store.test{response.headers['Location']}"
        return response

    world = World(handler, credentials=lambda: ("me", "secret", None))
    world.client.push_blob("golden/base", CONTENT)
    elsewhere = [one for one in world.requests if one.url.host == "store.test"]
    assert len(elsewhere) == 6
    assert all("Authorization" not in one.headers for one in elsewhere)
