"""The client for any OCI registry (ADR 0002)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from golden_images.adapters.registry.auth import Authenticator, Credentials
from golden_images.adapters.registry.client import RegistryClient
from golden_images.adapters.registry.endpoint import Endpoint, loopback
from golden_images.adapters.registry.transport import Transport
from golden_images.adapters.retry import RetryPolicy

if TYPE_CHECKING:
    from golden_images.adapters.registry.watching import RegistryWatch

__all__ = ["Credentials", "RegistryClient", "client_from", "watch_from"]

#: To connect, and for each answer.
_QUICK_SECONDS = 2.0


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
    quick: bool = False,
) -> RegistryClient:
    """A client for ``host[:port]`` as it stands in references.

    Without ``login`` and ``credentials`` it is anonymous; ``credentials`` wins over ``login``. Plain
    HTTP where ``insecure``, and for this machine's own addresses unless a ``ca_file`` says TLS. ``quick``
    is for a person who waits: one try, and two seconds until the registry counts as down.
    """
    if quick:
        timeout, policy = _QUICK_SECONDS, RetryPolicy(attempts=1)
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


def watch_from(
    host: str,
    *,
    concurrency: int,
    per_minute: int,
    login: str = "",
    password: str = "",
    insecure: bool = False,
    ca_file: Path | None = None,
) -> RegistryWatch:
    """The asynchronous watch of ``host[:port]``; what is said of :func:`client_from` holds here."""
    # Its HTTP client is the triggerer's alone.
    from golden_images.adapters.registry.watching import RegistryWatch

    credentials = (lambda: (login, password, None)) if login else None
    plain_http = insecure or (ca_file is None and loopback(host))
    return RegistryWatch(
        Endpoint(host, plain_http),
        Authenticator(credentials, plain_http=plain_http),
        concurrency=concurrency,
        per_minute=per_minute,
        ca_file=ca_file,
    )
