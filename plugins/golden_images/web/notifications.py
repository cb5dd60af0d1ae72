"""What a registry's notification says, and which bases it is about. Pure.

Source: distribution, "Work with notifications": an envelope ``{"events": [{"action": "push", "target":
{"repository": …, "tag": …, "digest": …}}]}``.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable

from golden_images.core.reference import Reference

#: An envelope holds one event or a few.
MAX_BYTES = 1024 * 1024


class Malformed(ValueError):
    """The body is no notification envelope."""


def authorized(header: str, token: str) -> bool:
    """Whether ``header`` is ``Bearer <token>``; in constant time. Never without a token."""
    scheme, _, given = header.partition(" ")
    same = hmac.compare_digest(given.strip().encode(), token.encode())
    return bool(token) and scheme.lower() == "bearer" and same


def named(body: bytes) -> frozenset[tuple[str, str]]:
    """Repository and tag of every push; the tag is empty where the event names none."""
    try:
        events = json.loads(body)["events"]
        targets = [event["target"] for event in events if event.get("action") == "push"]
        return frozenset((str(one["repository"]), str(one.get("tag") or "")) for one in targets)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Malformed(f"no notification envelope: {error!r}") from None


def poked(names: frozenset[tuple[str, str]], bases: Iterable[str]) -> list[str]:
    """Those of ``bases`` that the pushes are about. The host is left out: a registry often knows itself
    by another name than references do, and a look too many costs one request."""
    found = []
    for base in bases:
        reference = Reference.parse(base)
        if {(reference.repository, reference.tag or ""), (reference.repository, "")} & names:
            found.append(base)
    return found
