"""A verdict in words: what to do, what matters most first."""

from __future__ import annotations

from golden_images.core.policy.verdict import Decision, Held, PolicyVerdict, RuleOutcome
from tests.fakes.policy import judge, policy, seen, vulnerability


def test_one_step_that_mends_several_is_one_line() -> None:
    many = tuple(vulnerability(f"CVE-2026-{number}") for number in range(1, 8))
    other = vulnerability("CVE-2026-9", "high", package="pkg:deb/debian/zlib@1", fixed_versions=("2",))
    verdict = judge(
        policy(vulnerabilities=[{"severity": "high"}, {"severity": "critical"}]),
        seen(vulnerabilities=(other, *many)),
    )
    assert not verdict.passed
    assert verdict.to_do() == (
        "update openssl 3.0.14-1 to 3.0.15-1: CVE-2026-1, CVE-2026-2, CVE-2026-3, CVE-2026-4, CVE-2026-5,"
        " and 2 more",
        "update zlib 1 to 2: CVE-2026-9",
    )


def test_a_rule_without_a_remedy_is_named() -> None:
    rule = RuleOutcome(rule="own rule", saw="1", decision=Decision.FAIL, held=(Held(what="it is wrong"),))
    assert PolicyVerdict(policy="p", rules=(rule,)).to_do() == ("see the rule: own rule: it is wrong",)


def test_warnings_are_nothing_to_do() -> None:
    rule = RuleOutcome(rule="own rule", saw="1", decision=Decision.WARN, held=(Held(what="it is wrong"),))
    verdict = PolicyVerdict(policy="p", rules=(rule,))
    assert (verdict.passed, verdict.to_do(), verdict.warning) == (True, (), (rule,))


def test_what_would_steer_a_terminal_is_shown() -> None:
    assert "\x1b" not in str(Held(what="\x1b[2J is\nit"))
    assert "\x1b" not in str(RuleOutcome(rule="\x1b[2J", saw="x", decision=Decision.PASS))
