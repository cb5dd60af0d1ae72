"""What waivers leave of what a rule found."""

from __future__ import annotations

from golden_images.core.policy.model import Rule
from golden_images.core.policy.outcome import Found, outcome, plain, unknown
from golden_images.core.policy.verdict import Decision, Held
from golden_images.core.waivers.match import Waived
from tests.fakes.policy import seen, waiver


def found(name: str) -> Found:
    return Found(Held(finding=name, what=name), (name,))


def test_some_are_waived() -> None:
    made = outcome(
        "rule",
        Rule(because="It is so."),
        [found("CVE-2026-1"), found("CVE-2026-2")],
        Waived([waiver()]),
        seen(),
        "of 9",
    )
    assert (made.decision, made.saw, made.because) == (Decision.FAIL, "1 of 9, 1 more waived", "It is so.")
    assert [one.finding for one in made.held] == ["CVE-2026-2"]
    assert [(one.finding, one.status) for one in made.lifted] == [("CVE-2026-1", "not_affected")]


def test_what_cannot_be_asked_fails_even_where_it_would_warn() -> None:
    assert unknown("rule", "nobody knows", "find out", Rule(action="warn")).decision is Decision.FAIL


def test_nothing_held_passes() -> None:
    assert plain("rule", "all well", []).decision is Decision.PASS
    assert plain("rule", "not well", [Held(what="x")], "warn").decision is Decision.WARN
