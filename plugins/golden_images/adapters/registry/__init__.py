"""The client for any OCI registry (ADR 0002)."""

from __future__ import annotations

from pathlib import Path

from golden_images.adapters.registry.auth import Authenticator, Credentials
from golden_images.adapters.registry.client import RegistryClient
from golden_images.adapters.registry.endpoint import Endpoint, loopback
from golden_images.adapters.registry.retry import RetryPolicy
from golden_images.adapters.registry.transport import Transport

__all__ = ["Credentials", "RegistryClient", "client_from"]


def client_from(
    host: str,
    *,
    login: str = "",
    password: str = "",
    insecure: bool = False,
    ca_file: Path | None = None,
    credentials: Credentials | None = None,
    timeout: float = 60.0,
    policy: RetryPolicy | None = None,
) -> RegistryClient:
    """A client for ``host[:port]`` as it stands in references.

    Without ``login`` and ``credentials`` it is anonymous; ``credentials`` wins over ``login``. Plain
    HTTP where ``insecure``, and for this machine's own addresses unless a ``ca_file`` says TLS.
    """
    if credentials is None and login:
        credentials = lambda: (login, password, None)  # noqa: E731 - a def would need the same line twice
    plain_http = insecure or (ca_file is None and loopback(host))
    return RegistryClient(
        Transport(
            Endpoint(host, plain_http),
            Authenticator(credentials, plain_http=plain_http),
            ca_file=ca_file,
            timeout=timeout,
            policy=policy,
        )
    )
