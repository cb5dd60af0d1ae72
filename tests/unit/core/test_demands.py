"""The demands' digest, and what changed between two."""

from __future__ import annotations

from golden_images.core.demands import Demands, StageDemand, changes
from golden_images.core.judging import demanded
from golden_images.pipeline import demands
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
    assert set(demanded(demands(root()), "").stages) == {"sbom", "test"}


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
