"""Files of the web, over httpx: at most so large, within a time, from the host that was named."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from golden_images.adapters.registry.endpoint import loopback
from golden_images.adapters.retry import PASSING, Attempts, Clock, RetryPolicy, retry_after
from golden_images.errors import ServiceError

if TYPE_CHECKING:
    import httpx

#: For each read; the whole has longer.
TIMEOUT_SECONDS = 60
WHOLE_SECONDS = 1800
POLICY = RetryPolicy(attempts=3, base=2.0, cap=8.0, total=WHOLE_SECONDS)
_REDIRECTS = 5
#: What can be kept, and sent back.
_VALIDATOR = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,999}")


class _Refused(Exception):
    """No other try helps."""


class WebDownloads:
    """Implements :class:`golden_images.ports.Downloads`."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or Clock()

    def fetch(self, address: str, target: Path, *, validator: str = "", most: int) -> str | None:
        import httpx

        attempts = Attempts(POLICY, self._clock)
        while True:
            asked: float | None = None
            try:
                answer = self._once(address, target, validator, most)
                if answer.status_code == 304 and validator:
                    return None
                if answer.status_code == 200:
                    told = (answer.headers.get(name, "") for name in ("etag", "last-modified"))
                    return next((one for one in told if _VALIDATOR.fullmatch(one)), "")
                cause = f"HTTP {answer.status_code}"
                permanent = answer.status_code not in PASSING
                asked = retry_after(answer.headers.get("retry-after"), self._clock.now())
            except _Refused as error:
                cause, permanent = str(error), True
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                cause = f"{type(error).__name__}: {error}"
                permanent = isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol)
            target.unlink(missing_ok=True)
            if permanent or not attempts.again(asked):
                raise ServiceError(
                    f"{address} was not fetched",
                    endpoint=address,
                    cause=cause,
                    remedy="correct the address" if permanent else "check that this worker reaches it",
                    retryable=not permanent,
                )

    @cached_property
    def _client(self) -> httpx.Client:
        import httpx

        return httpx.Client(timeout=TIMEOUT_SECONDS, headers={"User-Agent": "golden-images"})

    @cached_property
    def _local(self) -> httpx.Client:
        """A proxy named in the environment is for the world, not for this machine."""
        import httpx

        return httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False)

    def _once(self, address: str, target: Path, validator: str, most: int) -> httpx.Response:
        # A zip is taken as it is: packed once more its length would say nothing.
        headers = {"Accept-Encoding": "identity"}
        if validator:
            tagged = validator.startswith(('"', 'W/"'))
            headers["If-None-Match" if tagged else "If-Modified-Since"] = validator
        end = self._clock.monotonic() + WHOLE_SECONDS
        url = address
        for _ in range(_REDIRECTS + 1):
            _check(url, address)
            client = self._local if loopback(urlsplit(url).netloc) else self._client
            with client.stream("GET", url, headers=headers) as answer:
                location = answer.headers.get("location")
                if answer.is_redirect and location:
                    url = urljoin(url, location)
                    continue
                if answer.status_code == 200:
                    self._write(answer, target, most, end)
                return answer
        raise _Refused(f"more than {_REDIRECTS} redirects")

    def _write(self, answer: httpx.Response, target: Path, most: int, end: float) -> None:
        import httpx

        declared = answer.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > most:
            raise _Refused(f"it has {declared} bytes, at most {most} are taken")
        written = 0
        with target.open("wb") as file:
            for piece in answer.iter_bytes():
                written += len(piece)
                if written > most:
                    raise _Refused(f"it has over {most} bytes")
                if self._clock.monotonic() > end:
                    raise httpx.ReadTimeout(f"not done within {WHOLE_SECONDS} seconds")
                file.write(piece)


def _check(url: str, address: str) -> None:
    """Who is believed is the host that somebody wrote down."""
    asked, named = urlsplit(url), urlsplit(address)
    if asked.netloc != named.netloc:
        raise _Refused(f"it leads to another host, {asked.netloc[:200]}: write that address if you trust it")
    if asked.scheme != "https" and not (asked.scheme == "http" and loopback(asked.netloc)):
        raise _Refused(f"{asked.scheme}:// is read and altered by whoever is in between")
