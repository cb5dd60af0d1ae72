"""Content digests, the only identity used past ``resolve``.

Source: OCI image specification, "Descriptors", section "Digests".
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from golden_images.errors import IntegrityError

_FORM = re.compile(r"sha256:[0-9a-f]{64}")


class Digest(str):
    """``sha256:<64 hex digits>``; a ``str``, so it serialises as itself.

    Raises ``ValueError`` on any other form: other algorithms are legal in OCI, but no registry or
    engine supported here writes them.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Digest:
        if not _FORM.fullmatch(text):
            raise ValueError(f"not a sha256 digest: {text!r}")
        return super().__new__(cls, text)

    @classmethod
    def of(cls, content: bytes) -> Digest:
        return cls(f"sha256:{hashlib.sha256(content).hexdigest()}")

    @property
    def hex(self) -> str:
        return self[7:]

    @property
    def short(self) -> str:
        """The first 12 hex digits, for people."""
        return self[7:19]

    def check(self, content: bytes, what: str) -> bytes:
        """Returns ``content`` if it has this digest; raises ``IntegrityError`` naming ``what``."""
        actual = Digest.of(content)
        if actual != self:
            raise IntegrityError(
                f"{what}: the content does not match its digest",
                cause=f"expected {self}, got {actual} ({len(content)} bytes)",
                remedy="the store or the connection altered it; do not use it, and check the registry",
            )
        return content


def canonical_json(value: Any) -> bytes:
    """The one JSON text of ``value`` (sorted keys, no spaces, UTF-8), for hashing and for storage."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
