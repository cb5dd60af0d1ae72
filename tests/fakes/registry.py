"""A registry in memory, as strict as a real one: what a manifest names must be there."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from golden_images.adapters.registry import documents
from golden_images.adapters.registry.referrers import fallback_tag, referrer_tag
from golden_images.core import media
from golden_images.core.digest import Digest
from golden_images.errors import RegistryError
from golden_images.ports import Descriptor, Manifest
from tests.fakes.strict import Strict


@dataclass(slots=True)
class _Repository:
    blobs: dict[Digest, bytes] = field(default_factory=dict)
    manifests: dict[Digest, Manifest] = field(default_factory=dict)
    tags: dict[str, Digest] = field(default_factory=dict)


class FakeRegistry(Strict):
    """``referrers_api=False`` keeps referrers in the index under ``sha256-<hex>``, as the client does."""

    def __init__(self, host: str = "registry.test:5000", *, referrers_api: bool = False) -> None:
        self._host = host
        self._referrers_api = referrers_api
        self._repositories: defaultdict[str, _Repository] = defaultdict(_Repository)
        # Stages of one image write at the same time.
        self._lock = threading.RLock()
        #: Set to make every call fail as an unreachable registry does.
        self.down = False

    @property
    def host(self) -> str:
        return self._host

    def ping(self) -> None:
        self._check()

    def resolve(self, repository: str, reference: str) -> Descriptor | None:
        manifest = self._find(repository, reference)
        return manifest.descriptor if manifest else None

    def manifest(self, repository: str, reference: str) -> Manifest:
        found = self._find(repository, reference)
        if found is None:
            raise self._error(404, f"manifest {repository} {reference}", "MANIFEST_UNKNOWN")
        found.descriptor.digest.check(found.content, f"manifest {repository} {reference}")
        return found

    def put_manifest(
        self, repository: str, content: bytes, media_type: str, *, tag: str | None = None
    ) -> Descriptor:
        with self._lock:
            self._check()
            place = self._repositories[repository]
            document = documents.load(content, f"manifest for {repository}")
            for blob in [document.get("config"), *document.get("layers", [])]:
                if blob and blob["digest"] not in place.blobs:
                    raise self._error(400, f"manifest for {repository}", f"MANIFEST_BLOB_UNKNOWN {blob}")
            for entry in document.get("manifests", []):
                if entry["digest"] not in place.manifests:
                    raise self._error(400, f"index for {repository}", f"MANIFEST_BLOB_UNKNOWN {entry}")
            descriptor = Descriptor(media_type, Digest.of(content), len(content))
            place.manifests[descriptor.digest] = Manifest(descriptor, content)
            if tag:
                place.tags[tag] = descriptor.digest
            return descriptor

    def delete_manifest(self, repository: str, digest: Digest) -> None:
        with self._lock:
            self._check()
            place = self._repositories[repository]
            manifest = place.manifests.pop(digest, None)
            place.tags = {tag: held for tag, held in place.tags.items() if held != digest}
            if manifest and not self._referrers_api:
                subject = documents.subject_of(self._document(manifest))
                if subject and fallback_tag(subject) in place.tags:
                    self._write_index(repository, subject)

    def has_blob(self, repository: str, digest: Digest) -> bool:
        self._check()
        return repository in self._repositories and digest in self._repositories[repository].blobs

    def blob(self, repository: str, digest: Digest) -> bytes:
        with self.open_blob(repository, digest) as chunks:
            return b"".join(chunks)

    @contextmanager
    def open_blob(self, repository: str, digest: Digest) -> Iterator[Iterator[bytes]]:
        yield self._chunks(repository, digest)

    def _chunks(self, repository: str, digest: Digest) -> Iterator[bytes]:
        if not self.has_blob(repository, digest):
            raise self._error(404, f"blob {digest.short} of {repository}", "BLOB_UNKNOWN")
        content = self._repositories[repository].blobs[digest]
        yield content
        digest.check(content, f"blob {digest.short} of {repository}")

    def lose_blob(self, repository: str, digest: Digest) -> None:
        """As garbage collection takes it, or whoever has the storage."""
        del self._repositories[repository].blobs[digest]

    def push_blob(self, repository: str, content: bytes | Path) -> Descriptor:
        self._check()
        held = content if isinstance(content, bytes) else content.read_bytes()
        digest = Digest.of(held)
        self._repositories[repository].blobs[digest] = held
        return Descriptor(media.OCTETS, digest, len(held))

    def mount_blob(self, repository: str, digest: Digest, source: str) -> bool:
        if not self.has_blob(source, digest):
            return False
        self._repositories[repository].blobs[digest] = self._repositories[source].blobs[digest]
        return True

    def tags(self, repository: str) -> list[str]:
        self._check()
        return sorted(self._repositories[repository].tags) if repository in self._repositories else []

    def repositories(self) -> list[str]:
        self._check()
        return sorted(name for name, place in self._repositories.items() if place.manifests)

    def untag(self, repository: str, tags: Sequence[str]) -> bool:
        with self._lock:
            self._check()
            held = self._repositories[repository].tags
            # The older kind knows digests alone.
            for tag in tags if self._referrers_api else ():
                held.pop(tag, None)
            return self._referrers_api

    def lists_referrers(self, repository: str, subject: Digest) -> bool:
        self._check()
        return self._referrers_api

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
        with self._lock:
            layers = [
                replace(
                    held if isinstance(held, Descriptor) else self.push_blob(repository, held),
                    media_type=kind,
                    annotations=documents.titled(title),
                    data=documents.embedded(held),
                )
                for kind, held in blobs
            ]
            self.push_blob(repository, documents.EMPTY)
            content = documents.artifact(subject, artifact_type, layers, annotations)
            own = None if self._referrers_api else referrer_tag(subject.digest, Digest.of(content))
            plain = self.put_manifest(repository, content, media.MANIFEST, tag=own)
            if listed and not self._referrers_api:
                self._write_index(repository, subject.digest)
            return replace(plain, artifact_type=artifact_type, annotations=dict(annotations))

    def referrers(
        self, repository: str, subject: Digest, artifact_type: str | None = None
    ) -> tuple[Descriptor, ...]:
        with self._lock:
            if self._referrers_api:
                self._check()
                found = self._referring(repository, subject)
            else:
                index = self._find(repository, fallback_tag(subject))
                found = list(documents.entries(index.content, "index of referrers")) if index else []
            return tuple(one for one in found if artifact_type in (None, one.artifact_type))

    def _referring(self, repository: str, subject: Digest) -> list[Descriptor]:
        found = []
        place = self._repositories[repository] if repository in self._repositories else _Repository()
        for _, manifest in sorted(place.manifests.items()):
            document = self._document(manifest)
            if documents.subject_of(document) == subject:
                kind = documents.artifact_type_of(document)
                notes = dict(document.get("annotations") or {})
                found.append(replace(manifest.descriptor, artifact_type=kind, annotations=notes))
        return found

    def _write_index(self, repository: str, subject: Digest) -> None:
        content = documents.index(self._referring(repository, subject))
        self.put_manifest(repository, content, media.INDEX, tag=fallback_tag(subject))

    def _find(self, repository: str, reference: str) -> Manifest | None:
        self._check()
        if repository not in self._repositories:
            return None
        place = self._repositories[repository]
        digest = Digest(reference) if reference.startswith("sha256:") else place.tags.get(reference)
        return place.manifests.get(digest) if digest else None

    def _document(self, manifest: Manifest) -> dict[str, Any]:
        return documents.load(manifest.content, f"manifest {manifest.descriptor.digest}")

    def _check(self) -> None:
        if self.down:
            raise RegistryError(
                f"contact with registry {self._host} got no answer",
                endpoint=self._host,
                cause="ConnectError: connection refused",
                remedy="check the host and port of the registry's Connection, and that the registry runs",
            )

    def _error(self, status: int, what: str, cause: str) -> RegistryError:
        return RegistryError(
            f"{what}: answered {status}",
            endpoint=self._host,
            status=status,
            cause=cause,
            remedy="check the name, and that it was pushed to this registry",
            retryable=False,
        )
