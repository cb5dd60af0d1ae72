"""One OCI registry, as the stages see it. Source: OCI distribution-spec 1.1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from golden_images.adapters.registry import documents, failures
from golden_images.adapters.registry.blobs import read_blob
from golden_images.adapters.registry.endpoint import CATALOG_SCOPE, Endpoint, pull_scope, push_scope
from golden_images.adapters.registry.manifests import Manifests, shown_reference
from golden_images.adapters.registry.pages import next_page
from golden_images.adapters.registry.referrers import Referrers, referrer_tag
from golden_images.adapters.registry.transport import Transport
from golden_images.adapters.registry.uploads import CHUNK, Upload, measure
from golden_images.core import media
from golden_images.core.digest import Digest
from golden_images.core.reference import valid_tag
from golden_images.ports import Descriptor, Manifest

_PAGE = "1000"
#: Answers to the deletion of a tag: distribution before 3 knows digests alone, and a registry may forbid it.
_KEEPS_TAGS = frozenset({400, 401, 403, 405})


class RegistryClient:
    """Implements :class:`golden_images.ports.Registry`; safe to share between threads."""

    def __init__(self, transport: Transport, *, chunk: int = CHUNK) -> None:
        """Blobs over ``chunk`` bytes are sent in pieces of that size."""
        self._transport = transport
        self._endpoint = transport.endpoint
        self._chunk = chunk
        self._manifests = Manifests(transport)
        self._referrers = Referrers(transport, self)

    @property
    def host(self) -> str:
        return self._endpoint.host

    @property
    def endpoint(self) -> Endpoint:
        """Where the API is, for links that people follow."""
        return self._endpoint

    def close(self) -> None:
        self._transport.close()

    def ping(self) -> None:
        self._transport.request("GET", self._endpoint.url(""), f"contact with registry {self.host}", "")

    def resolve(self, repository: str, reference: str) -> Descriptor | None:
        return self._manifests.resolve(repository, reference)

    def manifest(self, repository: str, reference: str) -> Manifest:
        return self._manifests.get(repository, reference)

    def put_manifest(
        self, repository: str, content: bytes, media_type: str, *, tag: str | None = None
    ) -> Descriptor:
        descriptor, _ = self._manifests.put(repository, content, media_type, tag)
        return descriptor

    def delete_manifest(self, repository: str, digest: Digest) -> None:
        action = f"deletion of {shown_reference(repository, digest)}"
        got = self._manifests.find(repository, digest, action)
        if got is None:
            return
        url = self._endpoint.manifest(repository, digest)
        self._transport.request("DELETE", url, action, push_scope(repository), accept={200, 202, 204, 404})
        subject = documents.subject_of(documents.load(got.content, action))
        if subject and not self._referrers.maintains_itself(repository, subject, answered=False):
            self._referrers.remove(repository, subject, digest)

    def has_blob(self, repository: str, digest: Digest) -> bool:
        url = self._endpoint.blob(repository, digest)
        action = f"look-up of blob {digest.short} in {repository}"
        return (
            self._transport.request(
                "HEAD", url, action, pull_scope(repository), accept={200, 404}
            ).status_code
            == 200
        )

    def blob(self, repository: str, digest: Digest) -> bytes:
        with self.open_blob(repository, digest) as chunks:
            return b"".join(chunks)

    @contextmanager
    def open_blob(self, repository: str, digest: Digest) -> Iterator[Iterator[bytes]]:
        chunks = read_blob(self._transport, repository, digest)
        try:
            yield chunks
        finally:
            chunks.close()

    def push_blob(self, repository: str, content: bytes | Path) -> Descriptor:
        digest, size = measure(content)
        upload = Upload(self._transport, repository, content, digest, size, chunk=self._chunk)
        if not upload.present():
            upload.run()
        return Descriptor(media.OCTETS, digest, size)

    def mount_blob(self, repository: str, digest: Digest, source: str) -> bool:
        action = f"mount of blob {digest.short} from {source} in {repository}"
        # Reading the source is a right of its own, so the token must cover both.
        scope = f"{push_scope(repository)} {pull_scope(source)}"
        url = self._endpoint.url(f"{repository}/blobs/uploads/", {"mount": digest, "from": source})
        # A registry may refuse outright where it knows no mount or the source is not there.
        accept = {201, 202, 400, 404, 405}
        response = self._transport.request("POST", url, action, scope, content=b"", accept=accept)
        if response.status_code == 201:
            return True
        if response.status_code == 202 and (location := response.headers.get("Location")):
            # Declined by opening an upload that nobody wants.
            upload = self._endpoint.join(url, location)
            self._transport.request(
                "DELETE", upload, action, scope, accept={*range(200, 300), *range(400, 500)}
            )
        return False

    def tags(self, repository: str) -> list[str]:
        path = f"{repository}/tags/list"
        return self._list(path, "tags", f"tags of {repository}", pull_scope(repository), {200, 404})

    def repositories(self) -> list[str]:
        return self._list("_catalog", "repositories", f"catalog of {self.host}", CATALOG_SCOPE, {200})

    def untag(self, repository: str, tags: Sequence[str]) -> bool:
        for tag in tags:
            if not valid_tag(tag):
                raise ValueError(f"{tag!r} is no tag")
            action = f"removal of the tag {shown_reference(repository, tag)}"
            url = self._endpoint.manifest(repository, tag)
            accept = {200, 202, 204, 404, *_KEEPS_TAGS}
            response = self._transport.request("DELETE", url, action, push_scope(repository), accept=accept)
            if response.status_code in _KEEPS_TAGS:
                return False
        return True

    def lists_referrers(self, repository: str, subject: Digest) -> bool:
        return self._referrers.maintains_itself(repository, subject, answered=False)

    def attach(
        self,
        repository: str,
        subject: Descriptor,
        *,
        artifact_type: str,
        blobs: Sequence[tuple[str, bytes | Descriptor]],
        annotations: Mapping[str, str],
        title: str = "",
        listed: bool = True,
    ) -> Descriptor:
        notes = documents.titled(title)
        layers = [
            replace(
                held if isinstance(held, Descriptor) else self.push_blob(repository, held),
                media_type=media_type,
                annotations=notes,
                data=documents.embedded(held),
            )
            for media_type, held in blobs
        ]
        self.push_blob(repository, documents.EMPTY)
        content = documents.artifact(subject, artifact_type, layers, annotations)
        own = referrer_tag(subject.digest, Digest.of(content))
        tag = None if self._referrers.has_api is not False else own
        plain, answered = self._manifests.put(repository, content, media.MANIFEST, tag)
        entry = replace(plain, artifact_type=artifact_type, annotations=dict(annotations))
        if not self._referrers.maintains_itself(repository, subject.digest, answered):
            if tag is None:
                self._manifests.put(repository, content, media.MANIFEST, own)
            if listed:
                self._referrers.add(repository, subject.digest, entry)
        return entry

    def referrers(
        self, repository: str, subject: Digest, artifact_type: str | None = None
    ) -> tuple[Descriptor, ...]:
        found = self._referrers.of(repository, subject)
        # Filtered here: a registry may ignore the filter, or apply it to a type it got wrong.
        return tuple(one for one in found if artifact_type in (None, one.artifact_type))

    def _list(self, path: str, key: str, action: str, scope: str, accept: set[int]) -> list[str]:
        url: str | None = self._endpoint.url(path, {"n": _PAGE})
        names: set[str] = set()
        seen: set[str] = set()
        while url:
            if url in seen:
                raise failures.nonsense(action, url, "the pages of the list form a circle")
            seen.add(url)
            response = self._transport.request("GET", url, action, scope, accept=accept)
            if response.status_code == 404:
                break
            # An empty list is null in some registries' answers.
            listed = documents.load(response.content, f"{action} on {self.host}").get(key) or []
            names.update(str(name) for name in listed)
            url = next_page(self._endpoint, url, response.headers.get("Link"))
        return sorted(names)
