"""Fetching from a package archive, with retries, and once only while nothing changed."""

from __future__ import annotations

import hashlib
import json
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from golden_images.adapters.files import one_at_a_time, write_atomically
from golden_images.errors import ServiceError

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 60
#: Longest wait for another task that asks the same.
PATIENCE_SECONDS = 60
#: Seconds before the second and third attempt.
BACK_OFF = (1.0, 4.0)
#: So long one answer counts for all images: a night asks each suite a few times, not once an image.
FRESH_SECONDS = 300
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
        """What ``address`` holds, as it was asked by any process of this worker in the last
        :data:`FRESH_SECONDS`; after that, the kept copy where the server says it did not change."""
        body, head = self._files(address)
        with one_at_a_time(body.with_suffix(".lock"), PATIENCE_SECONDS):
            kept, stored = _kept(body, head)
            if stored and abs(time.time() - head.stat().st_mtime) < FRESH_SECONDS:
                return kept
            asked = {wanted: stored[given] for given, wanted in _VALIDATORS if stored.get(given)}
            answer = self._get(address, asked)
            if answer.status_code == 304:
                head.touch()
                return kept
            validators = {given: answer.headers.get(given, "") for given, _ in _VALIDATORS}
            validators["sha256"] = hashlib.sha256(answer.content).hexdigest()
            write_atomically(body, answer.content)
            write_atomically(head, json.dumps(validators).encode())
            return answer.content

    def forget(self, address: str) -> None:
        """The next one asks for the whole of it, however fresh it is."""
        for path in self._files(address):
            path.unlink(missing_ok=True)

    def _files(self, address: str) -> tuple[Path, Path]:
        name = hashlib.sha256(address.encode()).hexdigest()
        return self._cache / name, self._cache / f"{name}.json"

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


def _kept(body: Path, head: Path) -> tuple[bytes, dict[str, str]]:
    """The last answer with its validators; nothing where a crash between the two files left a pair
    that does not belong together."""
    try:
        kept, stored = body.read_bytes(), json.loads(head.read_text())
        if stored["sha256"] == hashlib.sha256(kept).hexdigest():
            return kept, stored
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return b"", {}
