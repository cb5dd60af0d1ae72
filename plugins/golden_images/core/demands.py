"""The demands: everything that is asked of an image's bytes, and nothing that makes them.

They have a digest of their own. When only they change, nothing is built: the release that stands is
judged anew.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict

from golden_images.core.difference import Change, differences
from golden_images.core.digest import Digest, canonical_json


class StageDemand(BaseModel):
    """What one stage of the table is asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: As the definition gives them, defaults left out: a new option changes no digest.
    options: dict[str, Any] = {}
    #: Artifact types that the gate wants to see, sorted.
    evidence: tuple[str, ...] = ()


class Demands(BaseModel):
    """By stage, of those that apply to the image; with the test suite, which no engine ever sees."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stages: dict[str, StageDemand] = {}
    #: Digest of the suite's files; empty without any.
    tests: str = ""

    @cached_property
    def digest(self) -> Digest:
        return Digest.of(canonical_json(self.model_dump(mode="json", exclude_defaults=True)))


def changes(
    before: Demands, after: Demands, old_options: dict[str, Any], new_options: dict[str, Any]
) -> list[Change]:
    """What is demanded otherwise, the test suite left out. ``*_options`` are the options by stage
    with their defaults, as definitions hold them: they tell the value that was not written down."""
    found: list[Change] = []
    for name in sorted({*before.stages, *after.stages}):
        old, new = before.stages.get(name), after.stages.get(name)
        if old == new:
            continue
        if old is None or new is None:
            found.append(
                Change(f"stages.{name}", "" if old is None else "demanded", "demanded" if new else "")
            )
            continue
        changed = differences(
            {**old_options.get(name, {}), **old.options},
            {**new_options.get(name, {}), **new.options},
            f"stages.{name}",
        )
        # A value that is the default now counts by its being written or not.
        found += changed or differences(old.options, new.options, f"stages.{name}")
        found += differences({"evidence": old.evidence}, {"evidence": new.evidence}, f"stages.{name}")
    return found
