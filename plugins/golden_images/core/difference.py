"""What changed between two documents, field by field, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from golden_images.core.digest import canonical_json

_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Change:
    """``path`` is dotted; ``old`` and ``new`` are empty where there is no such field."""

    path: str
    old: str
    new: str

    def __str__(self) -> str:
        """``build.args.HTTP_PORT 80 → 8080``."""
        return f"{self.path} {self.old or 'none'} → {self.new or 'none'}"


def differences(before: Mapping[str, Any], after: Mapping[str, Any], path: str = "") -> list[Change]:
    """By path. Mappings are compared key by key, everything else as a whole."""
    found: list[Change] = []
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        where = f"{path}.{key}" if path else key
        if isinstance(old, Mapping) or isinstance(new, Mapping):
            found += differences(_mapping(old), _mapping(new), where)
        else:
            found.append(Change(where, _text(old), _text(new)))
    return found


def describe(texts: Sequence[object]) -> str:
    """The first, and how many more: ``…, +2``."""
    more = f", +{len(texts) - 1}" if len(texts) > 1 else ""
    return f"{texts[0]}{more}" if texts else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) and value else canonical_json(value).decode()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
