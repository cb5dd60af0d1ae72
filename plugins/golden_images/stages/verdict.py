"""What a stage's evidence says, in the gate's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from golden_images.core.definition import Closed
from golden_images.core.digest import Digest


@dataclass(frozen=True, slots=True)
class Verdict:
    """Passed if there is no problem; each problem is one sentence for people."""

    problems: tuple[str, ...] = ()
    facts: Mapping[str, int] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not self.problems


class Judge(Protocol):
    def __call__(self, options: Closed, reports: Mapping[str, bytes], subject: Digest) -> Verdict:
        """Judges ``reports`` (by artifact type) about ``subject``. Unreadable content and content
        about something else are problems, never a pass."""
