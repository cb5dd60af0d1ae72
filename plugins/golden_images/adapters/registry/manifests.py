"""Manifests of one registry: looked up, read, written, always checked against their digest.

Source: OCI distribution-spec 1.1, "Pulling manifests", "Pushing Manifests".
"""

from __future__ import annotations

from dataclasses import replace

import httpx

from golden_images.adapters.registry import documents, failures
from golden_images.adapters.registry.endpoint import pull_scope, push_scope
from golden_images.adapters.registry.transport import Transport
from golden_images.adapters.retry import Attempts
from golden_images.core.digest import Digest
from golden_images.errors import IntegrityError
from golden_images.ports import Descriptor, Manifest

#: What was pushed a moment ago may seem unknown for an instant: distribution's file system driver
#: empties a link before it writes it, and another task may be writing the same one.
_UNSETTLED = frozenset({"MANIFEST_BLOB_UNKNOWN", "MANIFEST_UNKNOWN", "BLOB_UNKNOWN"})
_UNSETTLED_TRIES = 4


class Manifests:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._endpoint = transport.endpoint

    def resolve(self, repository: str, reference: str) -> Descriptor | None:
        action = f"look-up of {shown_reference(repository, reference)}"
        url = self._endpoint.manifest(repository, reference)
        head = self._transport.request(
            "HEAD", url, action, pull_scope(repository), {"Accept": documents.ACCEPT}, accept={200, 404, 405}
        )
        if head.status_code == 404:
            return None
        told = head.headers.get("Docker-Content-Digest")
        length = head.headers.get("Content-Length", "")
        if head.status_code == 405 or not told or not length.isdecimal():
            got = self.find(repository, reference, action)
            return got.descriptor if got else None
        digest = self._digest(told, action, url)
        if reference.startswith("sha256:") and digest != reference:
            raise _mismatch(action, Digest(reference), digest)
        return Descriptor(_media_type(head), digest, int(length))

    def get(self, repository: str, reference: str) -> Manifest:
        """Raises RegistryError(404) if there is none, IntegrityError if its bytes do not fit."""
        action = f"manifest {shown_reference(repository, reference)}"
        return self._checked(self._read(repository, reference, action, {200}), repository, reference, action)

    def find(self, repository: str, reference: str, action: str) -> Manifest | None:
        """As :meth:`get`; None if there is none."""
        response = self._read(repository, reference, action, {200, 404})
        if response.status_code == 404:
            return None
        return self._checked(response, repository, reference, action)

    def _read(self, repository: str, reference: str, action: str, accept: set[int]) -> httpx.Response:
        url = self._endpoint.manifest(repository, reference)
        headers = {"Accept": documents.ACCEPT}
        return self._transport.request("GET", url, action, pull_scope(repository), headers, accept=accept)

    def _checked(self, response: httpx.Response, repository: str, reference: str, action: str) -> Manifest:
        content = response.content
        told = response.headers.get("Docker-Content-Digest")
        if reference.startswith("sha256:"):
            told = reference
        digest = (
            self._digest(told, action, self._endpoint.manifest(repository, reference))
            if told
            else Digest.of(content)
        )
        digest.check(content, f"{action} on {self._endpoint.host}")
        return Manifest(Descriptor(_media_type(response), digest, len(content)), content)

    def put(
        self, repository: str, content: bytes, media_type: str, tag: str | None
    ) -> tuple[Descriptor, bool]:
        """Also whether the registry said that it keeps the list of referrers itself."""
        digest = Digest.of(content)
        action = f"push of manifest {shown_reference(repository, tag or digest)}"
        url = self._endpoint.manifest(repository, tag or digest)
        headers = {"Content-Type": media_type}
        scope = push_scope(repository)
        policy = self._transport.policy
        attempts = Attempts(
            replace(policy, attempts=min(_UNSETTLED_TRIES, policy.attempts)), self._transport.clock
        )
        while True:
            accept = {200, 201, 202, 400, 404}
            response = self._transport.request(
                "PUT", url, action, scope, headers, content=content, accept=accept
            )
            if response.status_code < 400:
                break
            if not (_UNSETTLED & failures.error_codes(response.content) and attempts.again()):
                raise failures.refused(
                    action, "PUT", url, response.status_code, response.content, tries=attempts.made
                )
        told = response.headers.get("Docker-Content-Digest")
        if told and told != digest:
            raise _mismatch(action, digest, told)
        return Descriptor(media_type, digest, len(content)), "OCI-Subject" in response.headers

    def _digest(self, text: str, action: str, url: str) -> Digest:
        try:
            return Digest(text)
        except ValueError as error:
            raise failures.nonsense(action, url, str(error)) from error


def shown_reference(repository: str, reference: str) -> str:
    """``repository:tag`` or ``repository@digest``, for people."""
    return f"{repository}{'@' if reference.startswith('sha256:') else ':'}{reference}"


def _media_type(response: httpx.Response) -> str:
    return str(response.headers.get("Content-Type", "")).partition(";")[0].strip()


def _mismatch(action: str, expected: Digest, told: str) -> IntegrityError:
    return IntegrityError(
        f"{action}: the registry answers another digest",
        cause=f"expected {expected}, got {told}",
        remedy="the registry or something before it alters manifests; do not release to it",
    )
