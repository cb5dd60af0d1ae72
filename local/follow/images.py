"""One image's way through the demo."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Ending(StrEnum):
    """How an image's run ended."""

    RELEASED = "released"
    #: Nothing to build, or the build gave what is released already.
    UNCHANGED = "unchanged"
    FAILED = "failed"
    #: The base failed, so no run ever began.
    BLOCKED = "blocked"

    @property
    def good(self) -> bool:
        return self in (Ending.RELEASED, Ending.UNCHANGED)


@dataclass
class Image:
    """``parent`` is the definition it builds on, None for a root or an external base."""

    name: str
    parent: str | None
    run_id: str = ""
    #: State by task, in Airflow's words; ``none`` for one that waits.
    tasks: dict[str, str] = field(default_factory=dict)
    ending: Ending | None = None
    #: What its running task said last.
    note: str = ""
    #: Why it was built, or why it could not be.
    reason: str = ""
    #: Seconds from the run's start to its end.
    seconds: float = 0.0
    #: When its parent was done, on the monotonic clock: from there on a run has to appear.
    since: float = 0.0

    @property
    def dag_id(self) -> str:
        return f"golden_images.{self.name}"

    @property
    def failed_tasks(self) -> list[str]:
        """What failed itself, without what never ran for it."""
        return [task for task, state in self.tasks.items() if state == "failed"]
