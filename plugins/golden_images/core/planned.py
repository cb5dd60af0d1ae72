"""What a release takes from its plan; a record that says otherwise is none of ours."""

from __future__ import annotations

from typing import Any

from golden_images.core.note import MAX_ACTOR, tidy
from golden_images.core.plan import SCHEMA_VERSION, BuildPlan
from golden_images.core.release import Release


def fields(plan: BuildPlan) -> dict[str, Any]:
    """By the names of :class:`Release`."""
    base = plan.inputs.base
    return {
        "image": plan.inputs.image,
        "version": plan.version,
        "build_id": plan.build_id,
        "reason": plan.reason,
        "base_name": base.name if base else "",
        "base_digest": base.digest if base else "",
        "backfill": plan.backfill,
        "note": tidy(plan.note),
        "actor": tidy(plan.actor, MAX_ACTOR),
        "source_id": plan.inputs.source_id,
    }


def differences(release: Release, plan: BuildPlan) -> list[str]:
    """The fields in which ``release`` is not what ``plan`` makes; of a plan of a version before, whose
    ids were other ones, those that did not change since."""
    expected = fields(plan)
    if plan.schema_version != SCHEMA_VERSION:
        for name in ("version", "build_id", "source_id"):
            del expected[name]
    return [name for name, value in expected.items() if getattr(release, name) != value]
