"""Fetching from a package archive, with retries, and once only while nothing changed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from golden_images.adapters.retry import PASSING, Attempts, Clock, RetryPolicy, retry_after
from golden_images.errors import ServiceError
from golden_images.files import one_at_a_time, write_atomically

if TYPE_CHECKING:
    import httpx

#: For each read. One answer as a whole has longer: a suite's list is ten megabytes.
TIMEOUT_SECONDS = 60
WHOLE_SECONDS = 600
#: Debian's largest list has a twentieth of it.
MOST_BYTES = 256 * 1024 * 1024
#: Longest wait for another task that asks the same.
PATIENCE_SECONDS = 60
POLICY = RetryPolicy(attempts=3, base=2.0, cap=8.0)
#: So long one answer counts for all images: a night asks each suite a few times, not once an image.
FRESH_SECONDS = 300
_VALIDATORS = (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since"))


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    #: Their names in small letters.
    headers: Mapping[str, str]
    content: bytes


class Fetcher:
    """``cache`` holds the last answer of every address asked conditionally."""

    def __init__(self, cache: Path, clock: Clock | None = None) -> None:
        self._cache = cache
        self._clock = clock or Clock()

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
            if answer.status == 304:
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

    def _get(self, address: str, headers: dict[str, str]) -> _Answer:
        import httpx

        attempts = Attempts(POLICY, self._clock)
        while True:
            asked = None
            try:
                answer = self._once(address, headers)
                if answer.status in (200, 304):
                    return answer
                cause = f"HTTP {answer.status}"
                permanent = 400 <= answer.status < 500 and answer.status not in PASSING
                asked = retry_after(answer.headers.get("retry-after"), self._clock.now())
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                cause = f"{type(error).__name__}: {error}"
                permanent = isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol)
            if permanent or not attempts.again(asked):
                raise ServiceError(
                    f"the package archive did not give {address}",
                    endpoint=address,
                    cause=cause,
                    remedy="correct the suite, the components or the mirror"
                    if permanent
                    else "check that this worker reaches the archive, or name a mirror",
                    retryable=not permanent,
                )

    def _once(self, address: str, headers: dict[str, str]) -> _Answer:
        """Read to its end, within :data:`WHOLE_SECONDS` and :data:`MOST_BYTES`."""
        import httpx

        end = self._clock.monotonic() + WHOLE_SECONDS
        content = bytearray()
        with self._http.stream("GET", address, headers=headers) as response:
            for piece in response.iter_bytes():
                content += piece
                if len(content) > MOST_BYTES:
                    raise ServiceError(
                        f"what the package archive gives as {address} has no end",
                        endpoint=address,
                        cause=f"more than {MOST_BYTES} bytes",
                        remedy="correct the mirror, or use another",
                        retryable=False,
                    )
                if self._clock.monotonic() > end:
                    raise httpx.ReadTimeout(f"not done within {WHOLE_SECONDS} seconds")
            return _Answer(response.status_code, response.headers, bytes(content))


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
