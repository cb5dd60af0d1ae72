"""What tools find, in one form, whoever found it: a broken rule, a failed test, a vulnerability."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from golden_images.core.words import one_line


class Level(StrEnum):
    """From the least to the worst. What nobody rated may be the worst, and counts as such."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"
    UNKNOWN = "unknown"

    def reaches(self, threshold: Level) -> bool:
        return _ORDER[self] >= _ORDER[threshold]


_ORDER = {level: number for number, level in enumerate(Level)}


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Severity(_Value):
    """How bad a finding is, and who says so: two sources rate one vulnerability differently."""

    level: Level
    #: A tool or a database, such as ``hadolint``, ``nvd``, ``debian``.
    source: str
    #: The source's own word, which its users know: ``warning``.
    word: str = ""


class Finding(_Value):
    """``model_dump_json`` and ``model_validate_json`` are its form outside of the process."""

    #: The rule, the test or the vulnerability: what a waiver will name.
    id: str = Field(min_length=1)
    #: Other names of the same, such as the CVE of a distribution's advisory.
    aliases: tuple[str, ...] = ()
    #: Package URL; empty where the finding is about no package.
    package: str = Field(default="", pattern=r"^(pkg:.+)?$")
    #: ``Dockerfile:3``, or a file inside the image.
    where: str = ""
    #: None where nobody rates such findings: a test fails or passes.
    severity: Severity | None = None
    #: The first version of the package without it; empty if there is none, or no package.
    fixed_version: str = ""
    #: Since when there is a fix; None where nobody tells, or there is none.
    fixed_since: date | None = None
    message: str = ""

    def __str__(self) -> str:
        """``Dockerfile:3: DL3008 warning: Pin versions``, ``CVE-2026-1 high: … (pkg:deb/debian/zlib1g@1,
        fixed in 2)``: how every finding is told, in one line."""
        rated = f" {self.severity.word or self.severity.level}" if self.severity else ""
        about = [self.package] if self.package else []
        about += [f"fixed in {self.fixed_version}"] if self.fixed_version else []
        parts = (
            f"{self.where}:" if self.where else "",
            f"{self.id}{rated}:" if self.message else f"{self.id}{rated}",
            self.message,
            f"({', '.join(about)})" if about else "",
        )
        return one_line(" ".join(part for part in parts if part))
