"""Waivers of one image as an OpenVEX document.

Source: OpenVEX specification 0.2.0.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from golden_images.core.digest import Digest, canonical_json
from golden_images.core.waivers.model import Terms
from golden_images.core.words import moment

CONTEXT = "https://openvex.dev/ns/v0.2.0"


def document(image: str, waivers: Iterable[Terms], author: str, now: datetime) -> dict[str, Any]:
    """``image``: its package URL. Waivers that do not count at ``now``, and those of what is no
    vulnerability, are left out: VEX has no word for a licence. The same waivers give the same ``@id``."""
    statements = [_statement(image, one) for one in waivers if one.counts(now) and one.about_vulnerability]
    mark = Digest.of(canonical_json([image, author, statements])).hex
    return {
        "@context": CONTEXT,
        "@id": f"urn:golden-images:vex:{mark}",
        "author": author,
        "timestamp": moment(now),
        "version": 1,
        "statements": statements,
    }


def _statement(image: str, waiver: Terms) -> dict[str, Any]:
    product: dict[str, Any] = {"@id": _of(image, waiver.digest)}
    if waiver.package:
        product["subcomponents"] = [{"@id": waiver.package}]
    found: dict[str, Any] = {
        "vulnerability": {"name": waiver.finding},
        "products": [product],
        "status": waiver.status,
        "status_notes": f"{waiver.owner}: {waiver.reason} Until {moment(waiver.expires)}.",
    }
    if waiver.justification:
        found["justification"] = waiver.justification
        found["impact_statement"] = waiver.reason
    if waiver.action:
        found["action_statement"] = waiver.action
    return found


def _of(image: str, digest: str | None) -> str:
    """The image's package URL with the digest as its version."""
    if digest is None:
        return image
    head, mark, qualifiers = image.partition("?")
    return f"{head.partition('@')[0]}@{digest.replace(':', '%3A')}{mark}{qualifiers}"
