"""From what a rule found to how it decided: less what waivers lift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from golden_images.core.policy.input import PolicyInput
from golden_images.core.policy.model import Rule
from golden_images.core.policy.verdict import Decision, Held, Lifted, RuleOutcome
from golden_images.core.waivers.match import Waived


@dataclass(frozen=True, slots=True)
class Found:
    held: Held
    #: All names of the finding.
    names: tuple[str, ...]


def outcome(
    title: str,
    rule: Rule,
    found: Sequence[Found],
    waivers: Waived,
    seen: PolicyInput,
    among: str,
) -> RuleOutcome:
    """``among``: of how many (``of 54 vulnerabilities``)."""
    held: list[Held] = []
    lifted: list[Lifted] = []
    for one in found:
        by = waivers.lifting(one.names, one.held.package, seen.digest, seen.now) if rule.waivable else None
        if by is None:
            held.append(one.held)
        else:
            lifted.append(
                Lifted(
                    finding=one.held.finding,
                    package=one.held.package,
                    owner=by.owner,
                    status=by.status,
                    expires=by.expires,
                )
            )
    waived = f", {len(lifted)} more waived" if lifted else ""
    return RuleOutcome(
        rule=title,
        saw=f"{len(held) or 'none'} {among}{waived}",
        decision=Decision(rule.action) if held else Decision.PASS,
        held=tuple(held),
        lifted=tuple(lifted),
        because=rule.because,
    )


def unknown(title: str, saw: str, remedy: str, rule: Rule | None = None) -> RuleOutcome:
    """A rule that could not be asked has not passed, and fails even where it would only warn."""
    held = (Held(what=f"{title}: {saw}", remedy=remedy),)
    because = rule.because if rule else ""
    return RuleOutcome(rule=title, saw=saw, decision=Decision.FAIL, held=held, because=because)


def plain(title: str, saw: str, held: Sequence[Held], action: str = "fail") -> RuleOutcome:
    """Of a rule that no waiver lifts."""
    return RuleOutcome(
        rule=title, saw=saw, decision=Decision(action) if held else Decision.PASS, held=tuple(held)
    )
