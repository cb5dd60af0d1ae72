"""Where a registry is: from the host in a reference to URLs. Pure, shared by any transport.

Source: OCI distribution-spec 1.1, "Endpoints"; Docker Hub's host is its own historical exception.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urljoin, urlsplit

from golden_images.core.digest import Digest
from golden_images.core.reference import DOCKER_HUB, valid_tag
from golden_images.errors import IntegrityError

_HUB_API = "registry-1.docker.io"
_DEFAULT_PORT = {"http": 80, "https": 443}


def loopback(host: str) -> bool:
    """Whether ``host[:port]`` is this machine."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what decides whether a URL may see our credentials."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORT.get(parts.scheme, 0)


def shown(url: str) -> str:
    """``url`` for people: a query may carry a signature or an upload's state, so it is left out."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One registry's API. ``host`` is as it stands in references."""

    host: str
    plain_http: bool = False

    @property
    def base(self) -> str:
        """``https://host[:port]``, without a final slash."""
        name = _HUB_API if self.host == DOCKER_HUB else self.host
        return f"{'http' if self.plain_http else 'https'}://{name}"

    def url(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """The address of ``path`` below ``/v2/``."""
        text = f"{self.base}/v2/{quote(path, safe='/:')}"
        return f"{text}?{urlencode(query)}" if query else text

    def manifest(self, repository: str, reference: str) -> str:
        """Raises IntegrityError unless ``reference`` is a tag or a digest: an index of others may name
        ``../../other/manifests/1``."""
        return self.url(f"{repository}/manifests/{reference if valid_tag(reference) else _digest(reference)}")

    def blob(self, repository: str, digest: str) -> str:
        return self.url(f"{repository}/blobs/{_digest(digest)}")

    def trusts(self, url: str) -> bool:
        """Whether ``url`` is the registry itself, rather than a store that it redirects to."""
        return origin(url) == origin(self.base)

    def join(self, url: str, location: str) -> str:
        """``location`` (a header's value, absolute or relative) as answered by ``url``."""
        return urljoin(url, location)


def _digest(text: str) -> Digest:
    try:
        return Digest(text)
    except ValueError as error:
        raise IntegrityError("no content is asked for by this name", cause=str(error)) from None


def pull_scope(repository: str) -> str:
    """Token scope for reading. Source: Docker registry token scope documentation."""
    return f"repository:{repository}:pull"


def push_scope(repository: str) -> str:
    return f"repository:{repository}:pull,push"


CATALOG_SCOPE = "registry:catalog:*"
