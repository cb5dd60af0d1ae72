"""Why a run builds, or why it does not."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Why(StrEnum):
    NEW = "new"
    DEFINITION_CHANGED = "definition-changed"
    CONTEXT_CHANGED = "context-changed"
    BASE_CHANGED = "base-changed"
    PACKAGE_UPDATE = "package-update"
    #: A vulnerability that is known about the current release has a fix.
    FINDING = "finding"
    #: Nobody can say what changed: the current release's plan is gone, or of a form not known here.
    PLAN_LOST = "plan-lost"
    MAX_AGE = "max-age"
    BACKFILL = "backfill"
    FORCED = "forced"
    #: Nothing is built: the release that stands is judged by what is demanded now.
    DEMANDS_CHANGED = "demands-changed"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    #: Not a run's: a person took the image off the list, or put it back.
    RETIRED = "retired"
    RESTORED = "restored"

    @property
    def runs(self) -> bool:
        """Whether the stages after resolve have something to do."""
        return self not in (Why.UNCHANGED, Why.SUPERSEDED, Why.RETIRED, Why.RESTORED)

    @property
    def builds(self) -> bool:
        return self.runs and self is not Why.DEMANDS_CHANGED


class Reason(BaseModel):
    """``why`` with the old and the new value of what changed (digests, versions; empty if none)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    why: Why
    old: str = ""
    new: str = ""
    #: Free text for people, such as ``openssl 3.0.14-1 → 3.0.15-1, +3``.
    detail: str = ""

    def __str__(self) -> str:
        change = self.detail
        if not change and self.old != self.new:
            change = f"{self.old or 'none'} → {self.new or 'none'}"
        return f"{self.why}: {change}" if change else str(self.why)
