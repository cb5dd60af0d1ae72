"""The closed, versioned schema of a policy.

Of rules that match one thing the strictest decides, and there is no rule that allows: whatever is added
to a policy makes it stricter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from golden_images.core.closed import Closed
from golden_images.core.fields import InsidePath, Name, check_distinct, wrong
from golden_images.core.texts import KeywordName, LabelName, Line
from golden_images.core.words import count

#: How long a waiver lasts at most where a policy does not say.
LONGEST_WAIVER_DAYS = 90

Action = Literal["fail", "warn"]
Rating = Literal["low", "medium", "high", "critical"]
#: Built in: distro and osv. The others are programs on the worker.
ScannerName = Literal["distro", "osv", "grype", "trivy", "osv-scanner"]


def check_glob(text: str) -> str:
    if not text.strip("*?") or any(character.isspace() for character in text):
        raise wrong(f"{text!r} matches everything, or has a blank in it; name what is meant (such as SSPL-*)")
    return text


def check_floor(value: Any) -> Any:
    texts = isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
    if not texts and not isinstance(value, bool | int | str):
        raise wrong("is no value of an option: a number, a text, true or false, a list of texts")
    # What a function looked at is no JSON any more, and no list is then taken for a tuple.
    return tuple(value) if texts else value


#: ``*`` and ``?`` stand for what they do in file names; case does not count.
Glob = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(check_glob)]
Globs = Annotated[tuple[Glob, ...], AfterValidator(check_distinct)]
Names = Annotated[tuple[Name, ...], AfterValidator(check_distinct)]
Scanners = Annotated[tuple[ScannerName, ...], AfterValidator(check_distinct)]
LabelNames = Annotated[tuple[LabelName, ...], AfterValidator(check_distinct)]
#: What an option may be; whether it may be a floor: :mod:`.floors`.
FloorValue = Annotated[bool | int | Line | tuple[Line, ...], BeforeValidator(check_floor)]
RuleIds = Annotated[tuple[Line, ...], AfterValidator(check_distinct)]


class Rule(Closed):
    """What all rules about findings have in common."""

    action: Action = Field(default="fail", description="fail: nothing is released; warn: it is told.")
    waivable: bool = Field(default=True, description="Whether a waiver lifts what this rule finds.")
    because: Line = Field(default="", description="Why there is this rule; told with what it finds.")


class VulnerabilityRule(Rule):
    """Vulnerabilities for which everything said here holds."""

    severity: Rating | None = Field(
        default=None, description="This bad or worse; what nobody rated counts as the worst."
    )
    fixed: bool | None = Field(
        default=None, description="true: a fixed version exists; false: none is known; left out: either."
    )
    for_more_than_days: int | None = Field(
        default=None,
        ge=0,
        le=3650,
        description="A fix has been there for longer; one whose date nobody knows counts as that old.",
    )
    exploited: Literal[True] | None = Field(
        default=None, description="Known to be exploited (CISA's KEV list)."
    )
    probability: float | None = Field(
        default=None, ge=0, le=1, description="EPSS, from 0 to 1, at least; unknown: the rule leaves it."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.for_more_than_days is not None and self.fixed is not True:
            raise wrong(
                "is about how long a fix has been there: say fixed: true, too", at="for_more_than_days"
            )
        if (self.severity, self.fixed, self.exploited, self.probability) == (None, None, None, None):
            raise wrong(
                "says of no vulnerability what it is about: severity, fixed, exploited or probability"
            )
        return self

    @property
    def title(self) -> str:
        """``critical, fixed for more than 0 days``."""
        severity = f"{self.severity} or worse" if self.severity else ""
        fixed = {True: "fixed", False: "unfixed", None: ""}[self.fixed]
        if self.for_more_than_days is not None:
            fixed += f" for more than {count(self.for_more_than_days, 'day')}"
        parts = (
            "known to be exploited" if self.exploited else "",
            ""
            if self.probability is None
            else f"exploited with a probability of {self.probability:g} or more",
            "critical" if self.severity == "critical" else severity,
            fixed,
        )
        return ", ".join(part for part in parts if part)


class SupportRule(Rule):
    """Packages that the distribution no longer mends, or not wholly."""

    state: Literal["ended", "limited"] = Field(description="Of the security support.")

    @property
    def title(self) -> str:
        return (
            "security support has not ended" if self.state == "ended" else "security support is not limited"
        )


class LicenceRule(Rule):
    """Licences that no package may be under. Where a package offers a choice, one that is allowed does."""

    deny: Globs = Field(default=(), description="SPDX ids or names, such as SSPL-*.")
    unknown: Literal[True] | None = Field(default=None, description="Packages whose licence nobody knows.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.deny and not self.unknown:
            raise wrong("names no licence: deny, or unknown: true")
        return self

    @property
    def title(self) -> str:
        parts = [f"no licence {' or '.join(self.deny)}"] if self.deny else []
        parts += ["no package without a known licence"] if self.unknown else []
        return ", ".join(parts)


class PackageRule(Rule):
    """Packages that may not be there."""

    deny: Globs = Field(min_length=1, description="Names (telnet*), or package URLs (pkg:pypi/pip@2*).")

    @property
    def title(self) -> str:
        return f"no package {' or '.join(self.deny)}"


class Compliance(Closed):
    """What a hardening profile has to come to."""

    minimum_score: float | None = Field(default=None, ge=0, le=100, description="Percent.")
    must_pass: RuleIds = Field(default=(), description="Rules of the profile that may not fail.")
    action: Action = "fail"
    optional: bool = Field(
        default=False, description="true: holds only where the pipeline has a stage that checks compliance."
    )


class Age(Closed):
    """How old something may be."""

    days: int = Field(ge=0, le=3650, description="At most.")
    action: Action = "fail"


class Ages(Closed):
    base: Age | None = Field(default=None, description="Of the base version that the image stands on.")
    databases: dict[Name, Age] = Field(
        default_factory=dict, description="Of scanners' databases, by name (osv, kev); any: all others."
    )

    def of_database(self, name: str) -> Age | None:
        return self.databases.get(name, self.databases.get("any"))


class WaiverLimits(Closed):
    longest_days: int = Field(
        default=LONGEST_WAIVER_DAYS,
        ge=1,
        le=3650,
        description="From today on; one that lasts longer is refused.",
    )


class Rules(Closed):
    """What a policy asks for, and what a definition may ask for beyond it."""

    stages: Names = Field(default=(), description="Stages that have passed, where they apply to the image.")
    scanners: Scanners = Field(default=(), description="Scanners that have answered.")
    vulnerabilities: tuple[VulnerabilityRule, ...] = ()
    support: tuple[SupportRule, ...] = ()
    licences: tuple[LicenceRule, ...] = ()
    packages: tuple[PackageRule, ...] = ()
    compliance: Compliance | None = None
    ages: Ages = Ages()
    annotations: LabelNames = Field(default=(), description="Annotations that the image's manifest has.")
    labels: LabelNames = Field(default=(), description="Labels that the image's configuration has.")
    floors: dict[Name, dict[KeywordName, FloorValue]] = Field(
        default_factory=dict, description="Options of stages by stage: no definition may be looser."
    )
    waivers: WaiverLimits | None = None

    @property
    def longest_waiver_days(self) -> int:
        return self.waivers.longest_days if self.waivers else LONGEST_WAIVER_DAYS

    @property
    def asks_scanners(self) -> bool:
        """Whether it can be judged by scanners' answers alone."""
        return bool(self.scanners or self.vulnerabilities or self.support)


class Policy(Rules):
    """One policy."""

    schema_: Literal[1] = Field(alias="schema", description="Version of this schema.")
    name: Name = Field(description="The policy's name; the same as the file's.")
    description: Line = Field(default="", description="What it is for, for people.")
    rego: InsidePath | None = Field(
        default=None, description="A file beside this one with rules in Rego; needs the library regopy."
    )

    def asked(self) -> Mapping[str, Any]:
        """What it asks for, defaults left out: its part of the demands."""
        left_out = {"schema_", "name", "description"}
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=left_out)


class Choice(Rules):
    """The policy of one image: which, and what is asked of this image beyond it."""

    name: Name | None = Field(default=None, description="Default: the organisation's.")
