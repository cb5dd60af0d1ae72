"""What keeps an image from being well: demands that its release does not meet, a last run that failed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from golden_images.core.release import Failure, Release, Shortfall
from golden_images.core.role import Role


@dataclass(frozen=True, slots=True)
class Unmet:
    """One demand; ``stage`` is None until the stages have looked."""

    stage: str | None
    problem: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FailedRun:
    """``stage`` is None where no task failed: the run ran out of its time."""

    run_id: str
    at: datetime
    stage: str | None

    @property
    def where(self) -> str:
        """``in test``, to follow "failed"."""
        return f"in {self.stage}" if self.stage else "as a whole"


def unmet(shortfalls: Iterable[Shortfall], release: Release | None) -> tuple[Unmet, ...]:
    """What keeps ``release`` from meeting the demands of now."""
    about = [one for one in shortfalls if release and one.digest == release.digest]
    found = [one for one in about if one.stage != Role.UNJUDGED] or about
    return tuple(
        Unmet(one.stage if one.stage != Role.UNJUDGED else None, one.problem, one.at) for one in found
    )


def failed_run(failure: Failure | None) -> FailedRun | None:
    return FailedRun(failure.run_id, failure.at, failure.stage or None) if failure else None
