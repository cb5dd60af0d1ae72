"""Reading one blob: streamed, checked, gone on with where the connection was cut.

Source: OCI distribution-spec 1.1, "Pulling blobs"; RFC 9110 section 14 (Range).
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator

import httpx

from golden_images.adapters.registry import failures
from golden_images.adapters.registry.endpoint import pull_scope
from golden_images.adapters.registry.transport import Call, Transport
from golden_images.adapters.retry import Attempts
from golden_images.core.digest import Digest
from golden_images.errors import IntegrityError


def read_blob(transport: Transport, repository: str, digest: Digest) -> Generator[bytes, None, None]:
    """Pieces as they arrive. Raises IntegrityError at the end if they do not have ``digest``."""
    url = transport.endpoint.blob(repository, digest)
    action = f"blob {digest.short} of {repository}"
    attempts = Attempts(transport.policy, transport.clock)
    hasher = hashlib.sha256()
    offset = 0
    while True:
        # Identity, because a position in a compressed stream is no position in the blob.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={offset}-"} if offset else {})
        accept = frozenset({200, 206} if offset else {200})
        call = Call("GET", url, action, pull_scope(repository), headers, accept=accept)
        try:
            with transport.stream(call, whole=False) as response:
                skip = offset if response.status_code == 200 else 0
                for piece in response.iter_bytes():
                    fresh = piece[skip:]
                    skip -= len(piece) - len(fresh)
                    if fresh:
                        offset += len(fresh)
                        hasher.update(fresh)
                        attempts = Attempts(transport.policy, transport.clock)
                        yield fresh
            break
        except httpx.TransportError as error:
            if not attempts.again():
                raise failures.unreachable(action, "GET", url, error, tries=attempts.made) from error
    actual = Digest(f"sha256:{hasher.hexdigest()}")
    if actual != digest:
        raise IntegrityError(
            f"{action} on {transport.endpoint.host}: the content does not match its digest",
            cause=f"expected {digest}, got {actual} ({offset} bytes)",
            remedy="the store or the connection altered it; do not use it, and check the registry",
        )
