"""The demands' digest, and what changed between two."""

from __future__ import annotations

from golden_images.core.demands import Demands, StageDemand, changes, waiver_changes
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.judging import demanded
from golden_images.core.policy.demand import PolicyDemand
from golden_images.pipeline import demands
from tests.fakes.policy import NOW, policy, waiver
from tests.fakes.world import child, root

SARIF = ("application/sarif+json",)


def of(**stages: dict[str, object]) -> Demands:
    return Demands(
        stages={name: StageDemand(options=given, evidence=SARIF) for name, given in stages.items()}
    )


def test_defaults_are_left_out() -> None:
    written = child(stages={"lint": {"fail_on": "error"}})
    assert demanded(demands(written), "").digest == demanded(demands(child()), "").digest
    assert demanded(demands(child()), "").stages["lint"].options == {}


def test_only_stages_that_apply_are_demanded() -> None:
    assert set(demanded(demands(root()), "").stages) == {"sbom", "scan", "test"}


def test_the_suite_is_a_demand() -> None:
    assert demanded(demands(child()), "a").digest != demanded(demands(child()), "b").digest


def test_a_value_that_was_not_written_down_is_told() -> None:
    before, after = of(lint={}), of(lint={"fail_on": "warning"})
    options = {"lint": {"fail_on": "error"}}
    assert [str(one) for one in changes(before, after, options, {"lint": {"fail_on": "warning"}})] == [
        "stages.lint.fail_on error → warning"
    ]


def test_a_stage_more_and_a_report_more_are_told() -> None:
    more = of(lint={}, size={})
    assert [str(one) for one in changes(of(lint={}), more, {}, {})] == ["stages.size none → demanded"]
    two = Demands(stages={"lint": StageDemand(evidence=("a", "b"))})
    (change,) = changes(of(lint={}), two, {}, {})
    assert change.path == "stages.lint.evidence"


def test_without_policy_and_waivers_the_digest_is_what_it_was() -> None:
    """Else each release of a version before would be judged anew for a form's sake."""
    made = Demands(stages={"test": StageDemand(evidence=SARIF)}, tests="t")
    assert made.digest == Digest.of(
        canonical_json({"stages": {"test": {"evidence": [*SARIF]}}, "tests": "t"})
    )


def test_policy_and_waivers_are_demands() -> None:
    asked = PolicyDemand.of(policy(stages=["test"]), "")
    digests = {
        demanded(demands(child()), "", *more).digest
        for more in ((), (asked,), (asked, [waiver()]), (None, [waiver()]), (asked, [waiver(owner="web")]))
    }
    assert len(digests) == 5
    assert demanded(demands(child()), "", asked, [waiver()]).terms() == (waiver().terms(),)


def test_a_change_of_the_policy_is_told_after_those_of_stages() -> None:
    before, after = Demands(), Demands(policy=PolicyDemand.of(policy(), ""))
    assert [str(one) for one in changes(before, after, {}, {})] == ["policy none → strict"]


def test_what_became_of_waivers() -> None:
    ended, removed = waiver("CVE-2026-2", expires=str(NOW.isoformat())), waiver("CVE-2026-3")
    before = demanded((), "", None, [waiver("CVE-2026-1"), ended, removed])
    after = demanded((), "", None, [waiver("CVE-2026-1", owner="web"), waiver("CVE-2026-4")])
    assert waiver_changes(before, after, NOW) == [
        "waivers.CVE-2026-1 changed",
        "waivers.CVE-2026-2 expired",
        "waivers.CVE-2026-3 removed",
        "waivers.CVE-2026-4 added",
    ]


def test_a_waiver_of_another_version_was_removed() -> None:
    assert waiver_changes(Demands(waivers={"X": {"of_tomorrow": 1}}), Demands(), NOW) == ["waivers.X removed"]
