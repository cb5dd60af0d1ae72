"""Who may use the real registry: logins, tokens, certificates."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from golden_images.adapters.registry import client_from
from golden_images.adapters.registry import documents as doc
from golden_images.core import media
from golden_images.errors import RegistryError
from tests.services.certificates import self_signed
from tests.services.registry import LOGIN, PASSWORD, RegistryService
from tests.services.tokens import token_server

pytestmark = pytest.mark.registry


@pytest.fixture
def repository() -> str:
    return f"access/{uuid.uuid4().hex}"


def test_basic_authentication(basic_auth_registry_service: RegistryService, repository: str) -> None:
    host = basic_auth_registry_service.host
    registry = client_from(host, login=LOGIN, password=PASSWORD)
    registry.ping()
    blob = registry.push_blob(repository, b"content")
    assert registry.blob(repository, blob.digest) == b"content"


@pytest.mark.parametrize("login", ["", LOGIN])
def test_a_refused_login_says_so_without_the_password(
    basic_auth_registry_service: RegistryService, login: str
) -> None:
    registry = client_from(basic_auth_registry_service.host, login=login, password="not the password")
    with pytest.raises(RegistryError) as caught:
        registry.ping()
    assert caught.value.status == 401
    assert not caught.value.retryable
    assert "login and password" in caught.value.remedy
    assert "not the password" not in str(caught.value)


def test_tokens_of_a_token_server(tmp_path: Path, repository: str) -> None:
    with token_server(self_signed(tmp_path), LOGIN, PASSWORD) as tokens:
        service = RegistryService(tmp_path, tokens.auth())
        service.start()
        try:
            registry = client_from(service.host, login=LOGIN, password=PASSWORD)
            registry.ping()
            blob = registry.push_blob(f"{repository}-source", b"content")
            assert registry.mount_blob(repository, blob.digest, f"{repository}-source")
            assert registry.blob(repository, blob.digest) == b"content"
            pushed = registry.put_manifest(repository, doc.index([]), media.INDEX, tag="v1")
            assert registry.tags(repository) == ["v1"]
            assert repository in registry.repositories()
            registry.delete_manifest(repository, pushed.digest)
            assert registry.resolve(repository, "v1") is None
            asked = len(tokens.requests)
            registry.tags(repository)
            assert len(tokens.requests) == asked, "a token that still holds is used again"
            for stranger in (client_from(service.host), client_from(service.host, login=LOGIN, password="x")):
                with pytest.raises(RegistryError) as caught:
                    stranger.tags(repository)
                assert caught.value.status == 401
        finally:
            service.stop()


def test_tls_with_a_private_certificate_authority(tmp_path: Path, repository: str) -> None:
    certificate = self_signed(tmp_path)
    service = RegistryService(tmp_path, certificate=certificate)
    service.start()
    try:
        registry = client_from(service.host, ca_file=certificate.certificate)
        blob = registry.push_blob(repository, b"x" * 20_000_000)
        assert registry.has_blob(repository, blob.digest)
        other = tmp_path / "other"
        other.mkdir()
        stranger = client_from(service.host, ca_file=self_signed(other).certificate)
        with pytest.raises(RegistryError) as caught:
            stranger.ping()
        assert caught.value.status == 0
        assert not caught.value.retryable
        assert "certificate authority" in caught.value.remedy
    finally:
        service.stop()
