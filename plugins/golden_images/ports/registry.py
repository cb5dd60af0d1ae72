"""An OCI registry, and what it is talked to in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from golden_images.core.digest import Digest


@dataclass(frozen=True, slots=True)
class Descriptor:
    """OCI content descriptor; ``size`` in bytes."""

    media_type: str
    digest: Digest
    size: int
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)
    #: ``os/architecture[/variant]`` for an entry of an index, else empty.
    platform: str = ""
    #: The content itself, where it is small: who reads the manifest need not ask for the blob.
    data: bytes = field(default=b"", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Manifest:
    """``content`` is the exact bytes, checked against ``descriptor.digest``."""

    descriptor: Descriptor
    content: bytes


class Registry(Protocol):
    """One OCI registry (distribution-spec 1.1). ``repository`` never includes the host."""

    @property
    def host(self) -> str:
        """``host[:port]`` as it stands in references."""

    def ping(self) -> None:
        """Raises RegistryError unless the registry answers and accepts our credentials."""

    def resolve(self, repository: str, reference: str) -> Descriptor | None:
        """What a tag or digest is now (HEAD); None if the registry does not know it."""

    def manifest(self, repository: str, reference: str) -> Manifest:
        """Raises RegistryError(status=404) if absent, IntegrityError if the bytes do not match."""

    def put_manifest(
        self, repository: str, content: bytes, media_type: str, *, tag: str | None = None
    ) -> Descriptor:
        """Atomic. Without ``tag`` by digest only. Raises IntegrityError if the registry answers a
        digest other than that of ``content``."""

    def delete_manifest(self, repository: str, digest: Digest) -> None:
        """Absent is success."""

    def has_blob(self, repository: str, digest: Digest) -> bool: ...

    def blob(self, repository: str, digest: Digest) -> bytes:
        """The whole blob, checked. For reports and configurations, not for layers."""

    def open_blob(self, repository: str, digest: Digest) -> AbstractContextManager[Iterator[bytes]]:
        """Streams chunks; raises IntegrityError at the end if the digest does not match."""

    def push_blob(self, repository: str, content: bytes | Path) -> Descriptor:
        """Uploads in chunks and resumes a cut connection; a blob that exists is not sent again."""

    def mount_blob(self, repository: str, digest: Digest, source: str) -> bool:
        """Cross-repository mount; False if the registry declined (push it then)."""

    def tags(self, repository: str) -> list[str]:
        """All tags, every page; empty if the repository does not exist."""

    def repositories(self) -> list[str]:
        """The catalog, every page. Raises RegistryError(404/401) where a registry does not offer it."""

    def untag(self, repository: str, tags: Sequence[str]) -> bool:
        """Takes tags away, and no manifest; absent is success. False where the registry cannot do that
        or will not: then they stay."""

    def lists_referrers(self, repository: str, subject: Digest) -> bool:
        """Whether it has the referrers API; ``subject`` is a manifest that is there."""

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
        """Pushes a referrer of ``subject`` with one layer a ``(media type, content)`` pair; what is there
        already is given by its descriptor. ``title`` is the file that each becomes where somebody pulls it.

        Where the registry has the referrers API it gets no tag: its subject keeps it. Elsewhere the
        fallback tag ``sha256-<hex>`` is maintained, and the referrer gets one tag of its own, so that
        garbage collection cannot take it; not ``listed``, that tag is all. The same content and annotations
        give the same digest.
        """

    def referrers(
        self, repository: str, subject: Digest, artifact_type: str | None = None
    ) -> tuple[Descriptor, ...]:
        """Referrers API, else fallback tag; with artifact type and annotations filled in."""
