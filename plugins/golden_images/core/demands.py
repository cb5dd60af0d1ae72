"""The demands: everything that is asked of an image's bytes, and nothing that makes them.

They have a digest of their own. When only they change, nothing is built: the release that stands is
judged anew.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict

from golden_images.core.difference import Change, differences
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.policy import demand as policies
from golden_images.core.policy.demand import PolicyDemand
from golden_images.core.waivers.model import Terms


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
    #: None where only the stages themselves judge, and in plans of a version before.
    policy: PolicyDemand | None = None
    #: Those that counted for the image when the plan was made, by key.
    waivers: dict[str, dict[str, Any]] = {}

    @property
    def rules(self) -> tuple[PolicyDemand | None, dict[str, dict[str, Any]]]:
        """Policy and waivers: what they say of an image changes with what is known."""
        return self.policy, self.waivers

    def terms(self) -> tuple[Terms, ...]:
        """The waivers. Raises ValueError for one that this version does not know."""
        return tuple(Terms.model_validate(one) for one in self.waivers.values())

    @cached_property
    def digest(self) -> Digest:
        return Digest.of(canonical_json(self.model_dump(mode="json", exclude_defaults=True)))


def changes(
    before: Demands, after: Demands, old_options: dict[str, Any], new_options: dict[str, Any]
) -> list[Change]:
    """What is demanded otherwise, test suite and waivers left out. ``*_options`` are the options by stage
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
    return [*found, *policies.changes(before.policy, after.policy)]


def waiver_changes(before: Demands, after: Demands, now: datetime) -> list[str]:
    """``waivers.CVE-2026-1 expired``: those that were added, removed, changed or that ended."""
    found = []
    for key in sorted({*before.waivers, *after.waivers}):
        old, new = before.waivers.get(key), after.waivers.get(key)
        if old == new:
            continue
        if old is not None and new is not None:
            what = "changed"
        else:
            what = "added" if old is None else "expired" if _ended(old, now) else "removed"
        found.append(f"waivers.{key} {what}")
    return found


def _ended(waiver: dict[str, Any], now: datetime) -> bool:
    try:
        return not Terms.model_validate(waiver).counts(now)
    except ValueError:
        return False
