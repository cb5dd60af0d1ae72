"""What everything that people write in YAML is read into."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Closed(BaseModel):
    """Frozen; an unknown key is an error; ``3.10`` never becomes ``"3.1"``: no coercion of numbers."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=False,
        coerce_numbers_to_str=False,
        # Most are parts of others, and are never asked on their own: a third of what they cost a DAG file.
        defer_build=True,
    )
