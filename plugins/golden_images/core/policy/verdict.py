"""What a policy says of one digest: rule by rule, what it saw, how it decided, and what is to be done."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from golden_images.core.words import one_line


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Decision(StrEnum):
    PASS = "pass"  # noqa: S105 - a word of verdicts
    WARN = "warn"
    FAIL = "fail"


class Held(_Value):
    """One thing that a rule holds against the image."""

    #: What a waiver would name; empty where none can.
    finding: str = ""
    #: Package URL; empty where it is about no package.
    package: str = ""
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        return one_line(self.what)


class Lifted(_Value):
    """What a rule would hold against the image if there were no waiver."""

    finding: str
    package: str = ""
    owner: str
    status: str
    expires: AwareDatetime


class RuleOutcome(_Value):
    #: In the policy's words: ``critical, fixed for more than 0 days``.
    rule: str
    #: In a few words: ``3 of 54 vulnerabilities``.
    saw: str
    decision: Decision
    held: tuple[Held, ...] = ()
    lifted: tuple[Lifted, ...] = ()
    #: The policy's own reason for the rule.
    because: str = ""
    #: The stage that the rule is about, where it asks for its passing and no more.
    stage: str | None = None

    def __str__(self) -> str:
        return one_line(f"{self.decision}: {self.rule}: {self.saw}")


class PolicyVerdict(_Value):
    """``rules``: every rule of the policy, what matters most first."""

    policy: str
    rules: tuple[RuleOutcome, ...]

    @property
    def passed(self) -> bool:
        return not self.failing

    @property
    def failing(self) -> tuple[RuleOutcome, ...]:
        return tuple(one for one in self.rules if one.decision is Decision.FAIL)

    @property
    def warning(self) -> tuple[RuleOutcome, ...]:
        return tuple(one for one in self.rules if one.decision is Decision.WARN)

    @property
    def lifted(self) -> tuple[Lifted, ...]:
        return tuple(dict.fromkeys(one for rule in self.rules for one in rule.lifted))

    def stored(self, most: int = 200) -> PolicyVerdict:
        """The form that is kept: of what a rule holds, no more than ``most`` are told one by one."""
        rules = tuple(one.model_copy(update={"held": one.held[:most]}) for one in self.rules)
        return self.model_copy(update={"rules": rules})

    def lines(self, most: int = 20) -> Iterator[str]:
        """Every rule, with what it holds against the image below it."""
        for rule in self.rules:
            yield str(rule)
            yield from (f"  {one}" for one in rule.held[:most])
            if len(rule.held) > most:
                yield f"  and {len(rule.held) - most} more"

    def to_do(self) -> tuple[str, ...]:
        """What mends the failing rules, a line each, what matters most first; what one step mends is one
        line."""
        steps: dict[str, list[str]] = {}
        for remedy, what in _steps(self.failing):
            mended = steps.setdefault(remedy, [])
            if what and what not in mended:
                mended.append(what)
        return tuple(one_line(_step(remedy, mended)) for remedy, mended in steps.items())


def _steps(rules: tuple[RuleOutcome, ...]) -> Iterator[tuple[str, str]]:
    for rule in rules:
        for one in rule.held:
            yield one.remedy or f"see the rule: {rule.rule}", one.finding or one.what


def _step(remedy: str, mended: list[str], most: int = 5) -> str:
    if not mended:
        return remedy
    more = f", and {len(mended) - most} more" if len(mended) > most else ""
    return f"{remedy}: {', '.join(mended[:most])}{more}"
