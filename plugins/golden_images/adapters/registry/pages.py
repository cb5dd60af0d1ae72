"""Lists that come in pages. Pure.

Source: OCI distribution-spec 1.1, "Listing Tags"; RFC 8288 (Link).
"""

from __future__ import annotations

import re

from golden_images.adapters.registry.endpoint import Endpoint
from golden_images.adapters.registry.failures import nonsense

_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:"[^"]*"|[^\s,;"]+))*)')
_NEXT = re.compile(r';\s*rel\s*=\s*"?next"?', re.IGNORECASE)


def next_page(endpoint: Endpoint, url: str, link: str | None) -> str | None:
    """The address after ``url``, from the ``Link`` header's value; None at the end.

    Raises RegistryError if it leads away from the registry.
    """
    for target, parameters in _LINK.findall(link or ""):
        if _NEXT.search(parameters):
            following = endpoint.join(url, target)
            if not endpoint.trusts(following):
                raise nonsense(f"list of {endpoint.host}", url, "the next page is on another host")
            return following
    return None
