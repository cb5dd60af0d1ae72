"""Image references: ``registry/repository:tag@digest``.

Source: distribution/reference grammar; the familiar short forms of Docker Hub are expanded
(``debian`` is ``docker.io/library/debian:latest``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import quote

from golden_images.core.digest import Digest

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?")

DOCKER_HUB = "docker.io"
#: A repository name, host excluded, has at most this many characters (distribution/reference).
MAX_REPOSITORY = 255


def valid_repository(name: str) -> bool:
    return len(name) <= MAX_REPOSITORY and _REPOSITORY.fullmatch(name) is not None


def valid_tag(tag: str) -> bool:
    return _TAG.fullmatch(tag) is not None


@dataclass(frozen=True, slots=True)
class Reference:
    registry: str
    repository: str
    tag: str | None = None
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Raises ``ValueError`` saying which part is wrong."""
        rest, at, digest_text = text.partition("@")
        digest = Digest(digest_text) if at else None
        head, slash, tail = rest.partition("/")
        if slash and ("." in head or ":" in head or head == "localhost"):
            registry, path = head, tail
        else:
            registry, path = DOCKER_HUB, rest
        repository, colon, tag = path.partition(":")
        if registry == DOCKER_HUB and "/" not in repository:
            repository = f"library/{repository}"
        if not _HOST.fullmatch(registry):
            raise ValueError(f"{registry!r} is no registry host")
        if not valid_repository(repository):
            raise ValueError(f"{repository!r} is no repository name (lower case, digits, . _ - and /)")
        if colon and not valid_tag(tag):
            raise ValueError(f"{tag!r} is no tag (letters, digits, . _ -, at most 128)")
        if not colon and digest is None:
            tag = "latest"
        return cls(registry, repository, tag or None, digest)

    def at(self, digest: Digest) -> Reference:
        """The same repository pinned to ``digest``, without a tag."""
        return replace(self, tag=None, digest=digest)

    def tagged(self, tag: str) -> Reference:
        return replace(self, tag=tag, digest=None)

    @property
    def name(self) -> str:
        """``registry/repository``."""
        return f"{self.registry}/{self.repository}"

    def purl(self, digest: Digest, tag: str = "") -> str:
        """The package URL of an image here. Source: purl specification, type "oci"."""
        name = self.repository.rpartition("/")[2]
        address = f"repository_url={quote(self.name, safe='/:')}"
        return f"pkg:oci/{name}@{quote(digest, safe='')}?{address}{f'&tag={tag}' if tag else ''}"

    def __str__(self) -> str:
        text = self.name
        if self.tag:
            text += f":{self.tag}"
        if self.digest:
            text += f"@{self.digest}"
        return text
