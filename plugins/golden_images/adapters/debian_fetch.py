"""Fetching from a package archive, with retries, and once only while nothing changed."""

from __future__ import annotations

import hashlib
import json
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from golden_images.adapters.files import write_atomically
from golden_images.errors import ServiceError

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 60
#: Seconds before the second and third attempt.
BACK_OFF = (1.0, 4.0)
_VALIDATORS = (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since"))


class Fetcher:
    """``cache`` holds the last answer of every address asked conditionally."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache

    @cached_property
    def _http(self) -> httpx.Client:
        """One for all requests: its TLS set-up costs more CPU than they do."""
        import httpx

        return httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=True)

    def content(self, address: str) -> bytes:
        return self._get(address, {}).content

    def conditional(self, address: str) -> bytes:
        """What ``address`` holds now; the kept copy where the server says it did not change."""
        name = hashlib.sha256(address.encode()).hexdigest()
        body, head = self._cache / name, self._cache / f"{name}.json"
        try:
            kept, stored = body.read_bytes(), json.loads(head.read_text())
            # A crash between the two files leaves a pair that does not belong together.
            if stored["sha256"] != hashlib.sha256(kept).hexdigest():
                kept, stored = b"", {}
        except (OSError, ValueError, KeyError):
            kept, stored = b"", {}
        asked = {wanted: stored[given] for given, wanted in _VALIDATORS if stored.get(given)}
        answer = self._get(address, asked)
        if answer.status_code == 304:
            return kept
        validators = {given: answer.headers.get(given, "") for given, _ in _VALIDATORS}
        validators["sha256"] = hashlib.sha256(answer.content).hexdigest()
        write_atomically(body, answer.content)
        write_atomically(head, json.dumps(validators).encode())
        return answer.content

    def _get(self, address: str, headers: dict[str, str]) -> httpx.Response:
        import httpx

        for pause in (*BACK_OFF, None):
            status = 0
            try:
                answer = self._http.get(address, headers=headers)
                status = answer.status_code
                if status in (200, 304):
                    return answer
                cause = f"HTTP {status}"
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                cause = f"{type(error).__name__}: {error}"
            permanent = 400 <= status < 500 and status != 429
            if pause is None or permanent:
                raise ServiceError(
                    f"the package archive did not give {address}",
                    endpoint=address,
                    cause=cause,
                    remedy="correct the suite, the components or the mirror"
                    if permanent
                    else "check that this worker reaches the archive, or name a mirror",
                    retryable=not permanent,
                )
            time.sleep(pause)
        raise AssertionError("unreachable")
