"""Calls to the engine's HTTP API: retries, deadlines, and foreign exceptions made ours.

The deadline of a streamed call covers the whole call, not the silence between two events: a build
step may be silent for minutes. A timer shuts the connection, which is also how the engine learns
that nobody waits any more.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from golden_images.adapters.retry import Attempts, Clock, RetryPolicy
from golden_images.errors import EngineError

if TYPE_CHECKING:
    from docker import APIClient

T = TypeVar("T")

#: An engine that starts anew is there again within seconds.
POLICY = RetryPolicy(attempts=3, base=1.0, cap=4.0)
#: Seconds to connect, and for each send of a request body.
CONNECT_SECONDS = 60

_DOWN = "start Docker Engine there, or correct the engine's Connection"


class Transport:
    """``connect`` makes the client (and asks the engine for its API version); called on first use."""

    def __init__(self, connect: Callable[[], APIClient], endpoint: str, clock: Clock | None = None) -> None:
        self._connect = connect
        self._clock = clock or Clock()
        self._client: APIClient | None = None
        self.endpoint = endpoint

    def client(self) -> APIClient:
        if self._client is None:
            self._client = self._connect()
        return self._client

    @contextmanager
    def wrapped(self, what: str) -> Iterator[None]:
        """Foreign exceptions inside become EngineError naming ``what`` and the endpoint."""
        from docker.errors import APIError, DockerException
        from requests import ConnectionError as NoConnection
        from requests import RequestException

        try:
            yield
        except APIError as error:
            status = error.status_code or 0
            raise self.error(
                what,
                cause=f"HTTP {status}: {error.explanation or error}",
                remedy="see the engine's own log",
                retryable=status >= 500 or status == 0,
            ) from error
        except NoConnection as error:
            raise self.error(what, cause=f"no answer: {innermost(error)}", remedy=_DOWN) from error
        except (DockerException, RequestException, OSError) as error:
            raise self.error(what, cause=innermost(error), remedy=_DOWN) from error
        except EngineError:
            raise
        except Exception as error:
            # A provider's hook raises exceptions of its own when no engine answers.
            if type(error).__module__.startswith("airflow"):
                raise self.error(what, cause=innermost(error), remedy=_DOWN) from error
            raise

    def error(self, what: str, *, cause: str, remedy: str = "", retryable: bool = True) -> EngineError:
        return EngineError(
            f"{what} (engine {self.endpoint})",
            endpoint=self.endpoint,
            cause=cause,
            remedy=remedy,
            retryable=retryable,
        )

    def call(self, what: str, do: Callable[[APIClient], T]) -> T:
        """``do(client)``, again after a pause while the engine gives no answer."""

        def one() -> T:
            with self.wrapped(what):
                return do(self.client())

        return Attempts(POLICY, self._clock).run(
            one, lambda error: isinstance(error, EngineError) and error.retryable
        )

    @contextmanager
    def stream(
        self,
        what: str,
        path: str,
        *,
        params: Mapping[str, str],
        headers: Mapping[str, str],
        timeout_seconds: float,
        body: BinaryIO | None = None,
    ) -> Iterator[Iterator[dict[str, Any]]]:
        """POSTs and yields the engine's JSON messages as they come; the connection is closed on exit."""
        client = self.client()
        with self.wrapped(what):
            response = client.post(
                f"{client.base_url}/v{client.api_version}{path}",
                params=dict(params),
                headers=dict(headers),
                data=body,
                stream=True,
                timeout=(CONNECT_SECONDS, timeout_seconds),
            )
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            # Nothing is left to shut where the answer ended at this very moment.
            with suppress(RuntimeError, ValueError, OSError):
                response.raw.shutdown()

        timer = threading.Timer(timeout_seconds, expire)
        timer.daemon = True
        timer.start()
        try:
            with self.wrapped(what):
                if response.status_code >= 400:
                    raise self._refusal(what, response.status_code, response.text)
            yield self._messages(what, response, expired, timeout_seconds)
        finally:
            timer.cancel()
            response.close()

    def _refusal(self, what: str, status: int, text: str) -> EngineError:
        with suppress(ValueError, KeyError, TypeError):
            text = json.loads(text)["message"]
        return self.error(what, cause=f"HTTP {status}: {text.strip()}", retryable=status >= 500)

    def _messages(
        self, what: str, response: Any, expired: threading.Event, timeout_seconds: float
    ) -> Iterator[dict[str, Any]]:
        try:
            with self.wrapped(what):
                for line in response.iter_lines(chunk_size=64 * 1024):
                    if line:
                        yield json.loads(line)
        except (EngineError, ValueError) as error:
            if not expired.is_set():
                if isinstance(error, EngineError):
                    raise
                raise self.error(what, cause=f"the engine's answer is cut or no JSON: {error}") from error
        if expired.is_set():
            raise self.error(
                what,
                cause=f"not done within {timeout_seconds:g} seconds",
                remedy="see the log for where it hung, or allow it more time",
            )


def innermost(error: BaseException) -> str:
    """The text of what really happened, below the layers of the HTTP libraries."""
    seen = {id(error)}
    while True:
        inner = error.__cause__ or error.__context__
        if inner is None:
            inner = next((a for a in error.args if isinstance(a, BaseException)), None)
        if inner is None or id(inner) in seen:
            return str(error) or type(error).__name__
        seen.add(id(inner))
        error = inner
