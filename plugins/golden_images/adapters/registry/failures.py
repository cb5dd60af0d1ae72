"""What went wrong with a registry, in words: endpoint, repository, status, its own message, a remedy."""

from __future__ import annotations

import json
from collections.abc import Mapping

from golden_images.adapters.registry.endpoint import shown
from golden_images.errors import RegistryError

_REMEDIES: Mapping[int, str] = {
    0: "check the host and port of the registry's Connection, and that the registry runs",
    400: "the registry does not accept what was sent; its message says what",
    401: "check login and password of the registry's Connection",
    403: "give this account the right to do this in the repository",
    404: "check the name, and that it was pushed to this registry",
    405: "the registry does not allow this; for deletion, enable it in the registry's configuration",
    413: "raise the size limit of the registry or of the proxy before it",
    429: "the registry limits requests: log in, raise the limit or run fewer at once",
}
_REMEDY_TRUST = "name the file of the registry's certificate authority in its Connection"
_REMEDY_SERVER = "look into the registry's log; the task may be tried again"
#: How much of an answer that is not the registry's JSON is shown.
_EXCERPT = 300


def own_message(content: bytes) -> str:
    """The registry's own words: ``CODE: message; …`` of the specification's error document."""
    try:
        document = json.loads(content)
        errors = document["errors"] if isinstance(document, dict) else []
        parts = []
        for error in errors:
            text = ": ".join(str(error[key]) for key in ("code", "message") if error.get(key))
            detail = error.get("detail")
            parts.append(f"{text} ({json.dumps(detail)[:_EXCERPT]})" if detail else text)
        return "; ".join(parts)
    except (ValueError, KeyError, TypeError, AttributeError):
        return content[:_EXCERPT].decode("utf-8", "replace").strip()


def error_codes(content: bytes) -> frozenset[str]:
    """The ``code`` of every error in the specification's error document."""
    try:
        return frozenset(str(error["code"]) for error in json.loads(content)["errors"])
    except (ValueError, KeyError, TypeError):
        return frozenset()


def refused(
    action: str, method: str, url: str, status: int, content: bytes = b"", *, tries: int = 1
) -> RegistryError:
    """``action`` names the repository: ``push of manifest v1 to golden/base``."""
    message = own_message(content)
    times = f" ({tries} tries)" if tries > 1 else ""
    return RegistryError(
        f"{action}: {method} {shown(url)} answered {status}{times}",
        endpoint=shown(url),
        status=status,
        cause=message,
        remedy=_REMEDIES.get(status, _REMEDY_SERVER if status >= 500 else _REMEDIES[400]),
        # What the registry refused stays refused; what it could not do may pass.
        retryable=status >= 500 or status in (408, 429),
    )


def unreachable(
    action: str, method: str, url: str, cause: Exception, *, tries: int, untrusted: bool = False
) -> RegistryError:
    """No answer at all: refused, cut, timed out, no name, no TLS."""
    times = f" ({tries} tries)" if tries > 1 else ""
    return RegistryError(
        f"{action}: {method} {shown(url)} got no answer{times}",
        endpoint=shown(url),
        cause=f"{type(cause).__name__}: {cause}".rstrip(": "),
        remedy=_REMEDY_TRUST if untrusted else _REMEDIES[0],
        retryable=not untrusted,
    )


def nonsense(action: str, url: str, what: str) -> RegistryError:
    """An answer that the specification does not allow."""
    return RegistryError(
        f"{action}: {shown(url)} gave an answer that is not a registry's",
        endpoint=shown(url),
        cause=what,
        remedy="check that the Connection names an OCI registry, and what stands before it",
    )
