from __future__ import annotations

from pathlib import Path

import certifi
import pytest

from golden_images.adapters.registry import client_from
from golden_images.adapters.registry.endpoint import Endpoint, loopback, shown
from golden_images.errors import IntegrityError


@pytest.mark.parametrize("host", ["localhost", "localhost:5000", "127.0.0.1:5000", "127.8.0.1", "[::1]:5000"])
def test_loopback(host: str) -> None:
    assert loopback(host)


@pytest.mark.parametrize("host", ["registry.test", "10.0.0.1:5000", "localhost.test", "127.0.0.1.test"])
def test_not_loopback(host: str) -> None:
    assert not loopback(host)


def test_docker_hub_is_reached_where_its_api_is() -> None:
    endpoint = Endpoint("docker.io")
    assert endpoint.manifest("library/debian", "bookworm") == (
        "https://registry-1.docker.io/v2/library/debian/manifests/bookworm"
    )
    assert endpoint.host == "docker.io"


@pytest.mark.parametrize(
    ("host", "insecure", "ca", "scheme"),
    [
        ("registry.test", False, False, "https"),
        ("registry.test", True, False, "http"),
        ("127.0.0.1:5000", False, False, "http"),
        ("127.0.0.1:5000", False, True, "https"),
    ],
)
def test_tls_unless_told_otherwise(host: str, insecure: bool, ca: bool, scheme: str) -> None:
    client = client_from(host, insecure=insecure, ca_file=Path(certifi.where()) if ca else None)
    assert client._endpoint.base == f"{scheme}://{host}"


def test_what_is_shown_has_neither_query_nor_login() -> None:
    assert shown("https://me:secret@store.test/x?signature=s") == "https://store.test/x"


@pytest.mark.parametrize(
    "reference", ["../../v2/other/manifests/1", "a/b", "", "sha256:12", "sha256:../x", "a?b"]
)
def test_only_tags_and_digests_become_addresses(reference: str) -> None:
    endpoint = Endpoint("registry.test")
    for address in (endpoint.manifest, endpoint.blob):
        with pytest.raises(IntegrityError, match="not a sha256 digest"):
            address("repository", reference)
