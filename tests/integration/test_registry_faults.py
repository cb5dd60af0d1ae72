"""The registry client against faults on real sockets, with the real registry behind them."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest

from golden_images.adapters.registry import client_from
from golden_images.adapters.registry import documents as doc
from golden_images.adapters.registry.auth import Authenticator, Credentials
from golden_images.adapters.registry.client import RegistryClient
from golden_images.adapters.registry.endpoint import Endpoint
from golden_images.adapters.registry.transport import Transport
from golden_images.adapters.retry import Clock, RetryPolicy
from golden_images.core import media
from golden_images.core.digest import Digest
from golden_images.errors import IntegrityError, RegistryError
from golden_images.ports import Descriptor
from tests.services.faults import Answer, CutAnswer, CutRequest, LoseAnswer, Silence, Tamper, faulty
from tests.services.registry import LOGIN, PASSWORD, RegistryService, free_port

pytestmark = pytest.mark.registry

CHUNK = 64 * 1024
OTHER = Digest.of(b"other content")


class Waits:
    """A clock that writes down how long it should have waited, and does not wait."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.clock = Clock(sleep=self.seconds.append, random=lambda: 0.0)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def repository() -> str:
    return f"faults/{uuid.uuid4().hex}"


def client(
    host: str, waits: Waits, *, timeout: float = 10.0, credentials: Credentials | None = None
) -> RegistryClient:
    endpoint = Endpoint(host, plain_http=True)
    authenticator = Authenticator(credentials, plain_http=True)
    policy = RetryPolicy(attempts=4)
    transport = Transport(endpoint, authenticator, timeout=timeout, policy=policy, clock=waits.clock)
    return RegistryClient(transport, chunk=CHUNK)


def push_index(registry_service: RegistryService, repository: str) -> Descriptor:
    """The smallest manifest there is."""
    direct = client_from(registry_service.host)
    return direct.put_manifest(repository, doc.index([]), media.INDEX, tag="v1")


# No answer


def test_refused_connections_are_tried_again_and_then_named(waits: Waits) -> None:
    host = f"127.0.0.1:{free_port()}"
    with pytest.raises(RegistryError) as caught:
        client(host, waits).tags("golden/base")
    assert caught.value.status == 0
    assert caught.value.retryable
    assert caught.value.endpoint == f"http://{host}/v2/golden/base/tags/list"
    assert "golden/base" in str(caught.value)
    assert "4 tries" in str(caught.value)
    assert waits.seconds == [0.25, 0.5, 1.0]


def test_a_silent_registry_runs_into_the_time_out(waits: Waits) -> None:
    with faulty("", Silence()) as proxy, pytest.raises(RegistryError) as caught:
        client(proxy.host, waits, timeout=0.1).ping()
    assert "ReadTimeout" in caught.value.cause
    assert len(proxy.seen) == 4


# Passing refusals


def test_too_many_requests_waits_as_long_as_asked(
    waits: Waits, registry_service: RegistryService, repository: str
) -> None:
    pushed = push_index(registry_service, repository)
    with faulty(registry_service.host, Answer(status=429, headers={"Retry-After": "17"}, times=1)) as proxy:
        assert client(proxy.host, waits).resolve(repository, "v1") == pushed
    assert waits.seconds == [17.0]


def test_unavailable_then_well(waits: Waits, registry_service: RegistryService, repository: str) -> None:
    with faulty(registry_service.host, Answer(status=503, times=2)) as proxy:
        blob = client(proxy.host, waits).push_blob(repository, b"content")
    assert client_from(registry_service.host).blob(repository, blob.digest) == b"content"
    assert len(waits.seconds) == 2


def test_unavailable_for_good_gives_the_registrys_own_words(waits: Waits) -> None:
    body = b'{"errors": [{"code": "UNAVAILABLE", "message": "storage is being moved"}]}'
    with faulty("", Answer(status=503, body=body)) as proxy, pytest.raises(RegistryError) as caught:
        client(proxy.host, waits).manifest("golden/base", "v1")
    assert caught.value.status == 503
    assert caught.value.retryable
    assert caught.value.cause == "UNAVAILABLE: storage is being moved"
    assert len(proxy.seen) == 4


def test_a_wait_beyond_all_patience_is_not_begun(waits: Waits) -> None:
    with (
        faulty("", Answer(status=429, headers={"Retry-After": "86400"})) as proxy,
        pytest.raises(RegistryError) as caught,
    ):
        client(proxy.host, waits).ping()
    assert caught.value.status == 429
    assert waits.seconds == []


# Uploads cut short


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    path = tmp_path / "layer.tar"
    path.write_bytes(os.urandom(5 * CHUNK + 123))
    return path


def test_a_cut_upload_is_resumed_where_the_registry_stands(
    waits: Waits, registry_service: RegistryService, repository: str, layer: Path
) -> None:
    with faulty(registry_service.host, CutRequest(method="PATCH", skip=2, times=1)) as proxy:
        blob = client(proxy.host, waits).push_blob(repository, layer)
    assert client_from(registry_service.host).blob(repository, blob.digest) == layer.read_bytes()
    assert len(proxy.requests("POST")) == 1, "the upload must go on, not begin anew"
    ranges = [one.headers["Content-Range"].partition("-")[0] for one in proxy.requests("PATCH")]
    assert ranges == [str(number * CHUNK) for number in (0, 1, 2, 2, 3, 4, 5)]


@pytest.mark.parametrize(
    "fault",
    [
        CutRequest(method="PATCH", skip=2, times=1, after=CHUNK // 2),
        LoseAnswer(method="PATCH", skip=2, times=1),
        LoseAnswer(method="PUT", path="uploads", times=1),
        LoseAnswer(method="POST", times=1),
        Answer(method="PATCH", skip=1, times=1, status=504),
        Answer(method="PUT", path="uploads", times=1, status=502),
    ],
    ids=lambda fault: f"{type(fault).__name__}-{fault.method}",
)
def test_whatever_breaks_the_blob_is_complete(
    waits: Waits,
    registry_service: RegistryService,
    repository: str,
    layer: Path,
    fault: CutRequest | LoseAnswer | Answer,
) -> None:
    with faulty(registry_service.host, fault) as proxy:
        blob = client(proxy.host, waits).push_blob(repository, layer)
    assert client_from(registry_service.host).blob(repository, blob.digest) == layer.read_bytes()
    assert fault.times == 0, "the fault did not strike"


def test_an_upload_that_is_cut_each_time_ends_in_an_error(
    waits: Waits, registry_service: RegistryService, repository: str, layer: Path
) -> None:
    with (
        faulty(registry_service.host, CutRequest(method="PATCH", after=100)) as proxy,
        pytest.raises(RegistryError) as caught,
    ):
        client(proxy.host, waits).push_blob(repository, layer)
    assert repository in str(caught.value)
    assert len(proxy.requests("PATCH")) <= 16
    assert not client_from(registry_service.host).has_blob(repository, Digest.of(layer.read_bytes()))


def test_a_cut_small_upload_is_complete(
    waits: Waits, registry_service: RegistryService, repository: str
) -> None:
    content = os.urandom(1000)
    with faulty(registry_service.host, CutRequest(method="PUT", after=500, times=1)) as proxy:
        blob = client(proxy.host, waits).push_blob(repository, content)
    assert client_from(registry_service.host).blob(repository, blob.digest) == content


# Downloads


def test_a_cut_download_goes_on_where_it_was(
    waits: Waits, registry_service: RegistryService, repository: str
) -> None:
    content = os.urandom(5 * CHUNK)
    blob = client_from(registry_service.host).push_blob(repository, content)
    with faulty(registry_service.host, CutAnswer(method="GET", times=1, after=2 * CHUNK)) as proxy:
        assert client(proxy.host, waits).blob(repository, blob.digest) == content
    assert len(proxy.requests("GET")) == 2
    assert "Range" in proxy.requests("GET")[1].headers


def test_a_cut_manifest_is_read_again(
    waits: Waits, registry_service: RegistryService, repository: str
) -> None:
    pushed = push_index(registry_service, repository)
    with faulty(registry_service.host, CutAnswer(method="GET", times=1, after=5)) as proxy:
        assert client(proxy.host, waits).manifest(repository, "v1").descriptor == pushed


# Content that is not what its digest says


def test_an_altered_manifest(waits: Waits, registry_service: RegistryService, repository: str) -> None:
    pushed = push_index(registry_service, repository)
    with faulty(registry_service.host, Tamper(method="GET", body=True)) as proxy:
        for reference in (pushed.digest, "v1"):
            with pytest.raises(IntegrityError):
                client(proxy.host, waits).manifest(repository, reference)
    assert len(proxy.seen) == 2, "altered content is never tried again"


def test_an_altered_blob(waits: Waits, registry_service: RegistryService, repository: str) -> None:
    blob = client_from(registry_service.host).push_blob(repository, b"the layer")
    with (
        faulty(registry_service.host, Tamper(method="GET", body=True)) as proxy,
        pytest.raises(IntegrityError),
    ):
        client(proxy.host, waits).blob(repository, blob.digest)
    assert len(proxy.seen) == 1


def test_another_manifest_than_asked_for(
    waits: Waits, registry_service: RegistryService, repository: str
) -> None:
    pushed = push_index(registry_service, repository)
    with faulty(registry_service.host, Tamper(headers={"Docker-Content-Digest": OTHER})) as proxy:
        registry = client(proxy.host, waits)
        with pytest.raises(IntegrityError):
            registry.resolve(repository, pushed.digest)
        with pytest.raises(IntegrityError):
            registry.manifest(repository, "v1")


def test_a_registry_that_stores_another_manifest(
    waits: Waits, registry_service: RegistryService, repository: str
) -> None:
    fault = Tamper(method="PUT", headers={"Docker-Content-Digest": OTHER})
    with (
        faulty(registry_service.host, fault) as proxy,
        pytest.raises(IntegrityError, match="answers another digest"),
    ):
        client(proxy.host, waits).put_manifest(repository, doc.index([]), media.INDEX, tag="v1")


# Who sees our credentials


def test_a_store_that_the_registry_redirects_to_does_not_see_credentials(
    waits: Waits, basic_auth_registry_service: RegistryService, repository: str
) -> None:
    host = basic_auth_registry_service.host
    blob = client_from(host, login=LOGIN, password=PASSWORD).push_blob(repository, b"the layer")
    with faulty("", Answer(body=b"the layer")) as store:
        redirect = Answer(
            method="GET", path="/blobs/", status=307, headers={"Location": f"http://{store.host}/x?sig=1"}
        )
        with faulty(host, redirect) as proxy:
            reader = client(proxy.host, waits, credentials=lambda: (LOGIN, PASSWORD, None))
            reader.ping()
            assert reader.blob(repository, blob.digest) == b"the layer"
            assert any("Authorization" in one.headers for one in proxy.seen)
    assert len(store.seen) == 1
    assert "Authorization" not in store.seen[0].headers
