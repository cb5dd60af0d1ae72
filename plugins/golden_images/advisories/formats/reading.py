"""What the readers of all formats share."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from golden_images.core.words import moment_of
from golden_images.errors import InputError

CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")
#: RFC 3339, as JSON documents have times.
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)")


def broken(what: object, cause: str) -> InputError:
    return InputError(
        f"{what} is no sound database of advisories",
        cause=cause,
        remedy="fetch it anew; nothing was imported",
    )


def time_of(text: object) -> datetime:
    """Raises ValueError for what is no time with a zone."""
    found = moment_of(text) if isinstance(text, str) and _TIME.fullmatch(text) else None
    if found is None:
        raise ValueError(f"{str(text)[:60]!r} is no time")
    return found


def load(content: bytes) -> Any:
    """JSON. Raises ValueError for what is none, also where it is nested too deep or names a key twice."""
    try:
        return json.loads(content, object_pairs_hook=_once, parse_constant=_constant)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def file_of(path: Path, most: int) -> bytes:
    """The whole of a file of at most so many bytes. Raises InputError."""
    if not path.is_file():
        # A link to a device has no size, and no end.
        raise broken(path, "it is no file")
    size = path.stat().st_size
    if size > most:
        raise broken(path, f"it has {size} bytes, at most {most} are taken")
    return path.read_bytes()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("it names one key twice")
    return found


def _constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")
