"""What several platforms' reports tell a policy together."""

from __future__ import annotations

from golden_images.core.policy.input import ComplianceSeen
from golden_images.evidence.ruling import worst


def test_of_several_platforms_the_worst_score_and_all_that_failed_on_any() -> None:
    found = worst([ComplianceSeen(score=90, failed=("b",)), ComplianceSeen(score=95, failed=("a",))])
    assert found is not None
    assert (found.score, {*found.failed}) == (90, {"a", "b"})
    assert worst([]) is None
