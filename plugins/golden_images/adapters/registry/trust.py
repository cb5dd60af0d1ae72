"""Which certificates a registry may show."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx

from golden_images.errors import GoldenImagesError


def trust_store(ca_file: Path | None) -> ssl.SSLContext:
    """The system's and httpx's certificate authorities, and those in ``ca_file``."""
    context = httpx.create_ssl_context()
    context.load_default_certs()
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise GoldenImagesError(
                f"{ca_file}: not readable as certificate authorities",
                cause=str(error),
                remedy="name a PEM file in the registry's Connection",
            ) from error
    return context


def untrusted(error: Exception) -> bool:
    """Whether it is the certificate: one that does not fit will not fit a second later either."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
