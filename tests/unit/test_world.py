"""The pipeline over fakes runs in the orders that Airflow may take, and in no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from golden_images.errors import StageFailed
from golden_images.pipeline import PIPELINE, RESOLVE, before
from tests.fakes.world import World, ordered, root

SEEDS = range(30)


def test_every_order_has_all_rows_after_what_they_need() -> None:
    found = {tuple(row.name for row in ordered(PIPELINE, "promote", Random(seed))) for seed in range(300)}
    # test has three places before, between and after sbom and scan; lint has five among these and build.
    assert len(found) == 15
    needs = before(PIPELINE)
    for order in found:
        assert sorted(order) == sorted(row.name for row in PIPELINE)
        for place, name in enumerate(order):
            assert needs[name] <= {RESOLVE.name, *order[:place]}


def test_the_same_seed_is_the_same_order() -> None:
    first, second = ([row.name for row in ordered(PIPELINE, "promote", Random(7))] for _ in range(2))
    assert first == second


def test_no_row_runs_beyond_the_one_that_is_asked_for() -> None:
    assert {row.name for row in ordered(PIPELINE, "build", Random(0))} == {"lint", "build"}


def test_a_need_that_the_table_forgets_fails_in_some_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgetful = tuple(replace(row, needs=("lint", "test")) if row.name == "gate" else row for row in PIPELINE)
    monkeypatch.setattr("golden_images.pipeline.PIPELINE", forgetful)

    def fails(seed: int) -> bool:
        world = World(tmp_path / str(seed), random=Random(seed))
        world.context("root")
        try:
            world.run(root())
        except StageFailed as error:
            return "sbom: no current evidence" in error.cause
        return False

    assert {fails(seed) for seed in range(8)} == {True, False}
