"""What can be read of a definition that has faults elsewhere: for its page, never for a build."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from golden_images.core.base import Base
from golden_images.core.definition import Definition, Schedule


@dataclass(frozen=True, slots=True)
class Legible:
    """Each field as the definition's own, if it is right by itself; else empty or None."""

    description: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    base: Base | None = None
    #: None for one that is wrong: nobody knows then when the image was meant to be built.
    schedule: Schedule | None = None

    @classmethod
    def of(cls, data: Mapping[str, Any] | None) -> Legible:
        """``data`` is a file's content; None where it is no YAML."""
        found: dict[str, Any] = {}
        if data is not None and "schedule" not in data:
            found["schedule"] = Schedule()
        for name in cls.__dataclass_fields__:
            if data is None or name not in data:
                continue
            try:
                found[name] = _reader(name).validate_json(json.dumps(data[name]), strict=True)
            except ValidationError:
                continue
        return cls(**found)


@cache
def _reader(field: str) -> TypeAdapter[Any]:
    """Checks one field of a definition as the whole model does."""
    info = Definition.model_fields[field]
    checks: Any = info.annotation
    for one in info.metadata:
        checks = Annotated[checks, one]
    return TypeAdapter(checks)
