"""A record as JSON: its fields are the keys. What nobody knows is null; a time is RFC 3339, to the second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from golden_images.core.problem import Problem
from golden_images.core.words import moment


def document(value: object, named: Callable[[Path], Path] = Path) -> Any:
    """``value`` as ``json.dumps`` takes it. ``named`` says how the file of a problem is to be named.

    A field that is a word of Python's has an underscore at its end, and its key has none.
    """
    if is_dataclass(value) and not isinstance(value, type | Problem):
        value = {one.name.rstrip("_"): getattr(value, one.name) for one in fields(value)}
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return moment(value)
        case Problem():
            return value.as_json(named(value.path))
        case BaseModel():
            return value.model_dump(mode="json")
        case Mapping():
            return {str(key): document(one, named) for key, one in value.items()}
        case tuple() | list():
            return [document(one, named) for one in value]
    raise TypeError(f"{type(value).__name__} has no form in JSON")
