"""What runs decided, and how they ended."""

from __future__ import annotations

from dataclasses import replace

from golden_images.core.reason import Reason, Why
from golden_images.core.release import Decision, Failure
from golden_images.ports import Catalog
from tests.contract.catalog import HOUR, IMAGE, START, digest
from tests.contract.conftest import Connect


def test_decisions_are_newest_first_one_a_run_and_limited(catalog: Catalog) -> None:
    decisions = [
        Decision(IMAGE, f"run {number}", START + number * HOUR, Reason(why=Why.UNCHANGED), "b" * 64)
        for number in range(4)
    ]
    for decision in [*decisions, decisions[0]]:
        catalog.record_decision(decision)
    assert catalog.decisions(IMAGE) == decisions[::-1]
    assert catalog.decisions(IMAGE, limit=2) == [decisions[3], decisions[2]]
    again = replace(
        decisions[3], reason=Reason(why=Why.FORCED, detail="cleared"), note="by hand", actor="alice"
    )
    catalog.record_decision(again)
    assert catalog.decisions(IMAGE, limit=1) == [again]


def test_the_last_run_failed_until_a_later_one_decides_or_it_ends_well_after_all(catalog: Catalog) -> None:
    def decided(run: str, hours: float, *, backfill: bool = False) -> None:
        reason = Reason(why=Why.NEW)
        catalog.record_decision(Decision(IMAGE, run, START + hours * HOUR, reason, backfill=backfill))

    first = Failure(IMAGE, "run 1", START + HOUR, "build")
    second = Failure(IMAGE, "run 2", START + 3 * HOUR, "")
    decided("run 1", 0)
    for failure in (first, first, replace(first, image="nginx")):
        catalog.record_failure(failure)
    assert catalog.failures([IMAGE, "other"]) == {IMAGE: first}
    catalog.record_failure(second)
    assert catalog.failures([IMAGE]) == {IMAGE: second}
    catalog.clear_failure(IMAGE, "run 1")
    assert catalog.failures([IMAGE]) == {IMAGE: second}, "another run's end"
    catalog.clear_failure(IMAGE, "run 2")
    assert catalog.failures([IMAGE]) == {}
    catalog.record_failure(second)
    decided("backfill", 3.5, backfill=True)
    assert catalog.failures([IMAGE]) == {IMAGE: second}, "a past base says nothing of now"
    decided("run 3", 4)
    assert set(catalog.failures([IMAGE, "nginx"])) == {"nginx"}
    assert catalog.failures([]) == {}


def test_an_image_is_retired_until_that_is_taken_back(catalog: Catalog) -> None:
    def decided(image: str, why: Why, hours: int) -> Decision:
        made = Decision(image, f"{why} {hours}", START + hours * HOUR, Reason(why=why), note="n", actor="a")
        catalog.record_decision(made)
        return made

    decided("nginx", Why.RETIRED, 1)
    decided("nginx", Why.RESTORED, 2)
    decided("nginx", Why.FORCED, 3)
    again = [decided(IMAGE, why, hours) for hours, why in ((1, Why.RETIRED), (2, Why.RESTORED))]
    assert catalog.retired([IMAGE, "nginx"]) == {}
    again.append(decided(IMAGE, Why.RETIRED, 3))
    decided(IMAGE, Why.UNCHANGED, 4)
    assert catalog.retired([IMAGE, "nginx", "unknown"]) == {IMAGE: again[-1]}
    assert catalog.retired([]) == {}


def test_a_decision_is_found_by_its_run_with_its_plan(connect: Connect) -> None:
    built = Decision(IMAGE, "run 1", START, Reason(why=Why.NEW), "b" * 64, plan=digest("plan"))
    nothing = Decision(IMAGE, "run 2", START + HOUR, Reason(why=Why.UNCHANGED))
    for each in (built, nothing):
        connect().record_decision(each)
    assert connect().decision(IMAGE, "run 1") == built
    assert connect().decision(IMAGE, "run 2") == nothing
    assert connect().decision(IMAGE, "run 3") is None
    assert connect().decision("nginx", "run 1") is None
    assert connect().decisions(IMAGE) == [nothing, built]
