"""Pushing one blob: in one piece if small, else in chunks, resumed where the connection was cut.

Source: OCI distribution-spec 1.1, "Pushing blobs". What a registry really keeps of a cut chunk differs
(distribution 2.x forgets the upload unless nothing of the chunk had arrived), so the registry's word on
where to go on is taken where it gives one, and the upload begins anew where it gives none.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx

from golden_images.adapters.registry.endpoint import push_scope
from golden_images.adapters.registry.failures import error_codes, nonsense, refused
from golden_images.adapters.registry.transport import Call, Transport
from golden_images.adapters.retry import Attempts
from golden_images.core import media
from golden_images.core.digest import Digest
from golden_images.errors import IntegrityError, RegistryError

CHUNK = 8 * 1024 * 1024
_BLOCK = 64 * 1024
_RANGE = re.compile(r"(?:bytes=)?0-(\d+)")
_GONE = frozenset({400, 404, 405, 416})


class _Lost(Exception):
    """The upload cannot go on; begin anew."""

    def __init__(self, error: RegistryError) -> None:
        self.error = error


def measure(content: bytes | Path) -> tuple[Digest, int]:
    """Digest and size in bytes, read in pieces."""
    if isinstance(content, bytes):
        return Digest.of(content), len(content)
    with content.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return Digest(f"sha256:{digest}"), stream.tell()


@dataclass(frozen=True, slots=True)
class _Piece:
    """Part of a file, read while it is sent and again for every try.

    As bytes it would live on with the request that carried it: answers and requests hold each other,
    and a large blob would be in memory as often as Python's collector takes a rest.
    """

    stream: BinaryIO
    offset: int
    length: int

    def __iter__(self) -> Iterator[bytes]:
        left = self.length
        self.stream.seek(self.offset)
        while left and (block := self.stream.read(min(_BLOCK, left))):
            left -= len(block)
            yield block


class Upload:
    """One blob on its way to one repository."""

    def __init__(
        self,
        transport: Transport,
        repository: str,
        content: bytes | Path,
        digest: Digest,
        size: int,
        *,
        chunk: int = CHUNK,
    ) -> None:
        self._transport = transport
        self._repository = repository
        self._content = content
        self._digest = digest
        self._size = size
        self._chunk = chunk
        self._action = f"push of blob {digest.short} to {repository}"
        self._scope = push_scope(repository)
        self._url = ""

    def run(self) -> None:
        """Raises RegistryError when the bounded tries are used up, IntegrityError if the registry got
        other bytes than those announced."""
        beginnings = self._attempts()
        with self._open() as stream:
            while True:
                try:
                    self._begin()
                    self._send(stream)
                    return
                except _Lost as lost:
                    # The last answer may be what was lost, not the blob.
                    if self.present():
                        return
                    beginnings.progress()
                    if not beginnings.again():
                        raise lost.error from None

    def present(self) -> bool:
        response = self._call(
            "HEAD", self._transport.endpoint.blob(self._repository, self._digest), accept={200, 404}
        )
        return response.status_code == 200

    def _open(self) -> AbstractContextManager[BinaryIO]:
        return io.BytesIO(self._content) if isinstance(self._content, bytes) else self._content.open("rb")

    def _attempts(self) -> Attempts:
        return Attempts(self._transport.policy, self._transport.clock)

    def _begin(self) -> None:
        url = self._transport.endpoint.url(f"{self._repository}/blobs/uploads/")
        response = self._call("POST", url, content=b"", accept={202})
        self._follow(url, response)
        smallest = response.headers.get("OCI-Chunk-Min-Length", "")
        if smallest.isdecimal():
            self._chunk = max(self._chunk, int(smallest))

    def _send(self, stream: BinaryIO) -> None:
        """From the first byte to the final PUT."""
        offset = 0
        whole = self._size <= self._chunk
        resumed = False
        # Counted from the last byte that got through: a large blob may meet many short troubles.
        attempts = self._attempts()
        while not whole and offset < self._size:
            piece = _Piece(stream, offset, min(self._chunk, self._size - offset))
            headers = {
                "Content-Type": media.OCTETS,
                "Content-Range": f"{offset}-{offset + piece.length - 1}",
                "Content-Length": str(piece.length),
            }
            try:
                response = self._call(
                    "PATCH", self._url, piece, accept={202}, headers=headers, repeatable=False
                )
            except RegistryError as error:
                if not (error.retryable or error.status in _GONE) or not attempts.again():
                    raise
                held, resumed = self._resume(error), True
                if held > offset:
                    attempts = self._attempts()
                offset = held
                continue
            self._follow(self._url, response)
            offset += piece.length
            attempts = self._attempts()
        stream.seek(0)
        self._finish(stream.read() if whole else b"", resumed)

    def _resume(self, cause: RegistryError) -> int:
        """How many bytes the registry has, by its own account."""
        response = self._call("GET", self._url, accept={204, *_GONE})
        held = _RANGE.fullmatch(response.headers.get("Range", ""))
        if response.status_code != 204 or held is None:
            raise _Lost(cause) from cause
        self._follow(self._url, response)
        last = int(held[1])
        # "0-0" is what registries say of nothing, too; one byte alone is never left by our chunks.
        return last + 1 if last else 0

    def _finish(self, content: bytes, resumed: bool) -> None:
        separator = "&" if "?" in self._url else "?"
        url = f"{self._url}{separator}digest={self._digest}"
        headers = {"Content-Type": media.OCTETS}
        try:
            response = self._call(
                "PUT", url, content, accept={201, 204, *_GONE}, headers=headers, repeatable=False
            )
        except RegistryError as error:
            if not error.retryable:
                raise
            raise _Lost(error) from error
        if response.status_code in _GONE:
            refusal = self._refusal("PUT", response)
            if "DIGEST_INVALID" not in error_codes(response.content) or resumed:
                raise _Lost(refusal)
            raise IntegrityError(
                f"{self._action}: the registry got bytes of another digest",
                cause=refusal.cause,
                remedy="the file changed while it was sent, or the connection alters it",
            )

    def _refusal(self, method: str, response: httpx.Response) -> RegistryError:
        return refused(self._action, method, self._url, response.status_code, response.content)

    def _follow(self, url: str, response: httpx.Response) -> None:
        location = response.headers.get("Location")
        if not location:
            raise nonsense(self._action, url, "an upload was accepted without a Location")
        self._url = self._transport.endpoint.join(url, location)

    def _call(
        self,
        method: str,
        url: str,
        content: bytes | Iterable[bytes] | None = None,
        *,
        accept: set[int],
        headers: dict[str, str] | None = None,
        repeatable: bool = True,
    ) -> httpx.Response:
        return self._transport.send(
            Call(method, url, self._action, self._scope, headers, content, frozenset(accept), repeatable)
        )
