"""Rules in Rego, by the library itself; and without it."""

from __future__ import annotations

import sys

import pytest

from golden_images.core.policy.evaluate import evaluate
from golden_images.core.policy.verdict import Decision, PolicyVerdict
from tests.fakes.policy import policy, seen, vulnerability

POLICY = policy(rego="own.rego")
MODULE = """package golden_images

deny contains msg if {
  some one in input.vulnerabilities
  one.severity == "critical"
  msg := sprintf("%s is critical in %s", [one.id, input.image])
}

warn contains "it is Tuesday" if { startswith(input.now, "2026-11-24") }
"""


def judge(module: str, **found: object) -> PolicyVerdict:
    return evaluate(POLICY, (), seen(**found), {}, module)


def test_sentences_of_deny_fail_and_of_warn_warn() -> None:
    verdict = judge(MODULE, vulnerabilities=(vulnerability(),))
    assert [(one.rule, one.decision, [str(held) for held in one.held]) for one in verdict.rules] == [
        ("own.rego: deny", Decision.FAIL, ["CVE-2026-1 is critical in web"]),
        ("own.rego: warn", Decision.WARN, ["it is Tuesday"]),
    ]
    assert judge(MODULE).passed


@pytest.mark.parametrize(
    ("module", "told"),
    [
        ("package golden_images\ndeny contains x if {", "unclosed"),
        ('package others\ndeny contains "x" if { 1 == 2 }', "cannot be judged"),
        ("package golden_images\nallow := true", "neither yes nor no"),
        ("package golden_images\ndeny := 3", "neither yes nor no"),
        ("package golden_images\ndeny contains 3", "neither yes nor no"),
        ("", "cannot be judged"),
    ],
)
def test_a_module_that_says_nothing_has_not_passed(
    module: str, told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    verdict = judge(module)
    assert not verdict.passed
    assert told in " ".join(map(str, verdict.failing))
    assert capfd.readouterr() == ("", "")


def test_without_the_library_the_rule_fails_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "regopy", None)
    verdict = judge(MODULE)
    assert [(one.decision, one.saw) for one in verdict.rules] == [
        (Decision.FAIL, "the library regopy, which would judge it, is not there")
    ]
    assert "golden-images[rego]" in verdict.to_do()[0]
