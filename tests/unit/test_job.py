"""A job's options are its demand's, wherever the stage's code stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from golden_images.core.closed import Closed
from golden_images.core.judging import Demand, Evidence, Verdict
from golden_images.job import Job
from tests.fakes.world import World, root


class Options(Closed):
    """Of a stage whose name is not this file's."""

    depth: int = 1


def demanding(world: World, demand: Demand | None) -> Job:
    run = world.run(root(), until="build")
    assert run.resolution.plan_digest is not None
    return replace(world.job("root", run.resolution.plan_digest, None), demand=demand)


def test_options_are_the_demands(world: World) -> None:
    demand = Demand("deep", Evidence(("a/b",), lambda case, reports: Verdict()), Options(depth=3))
    assert demanding(world, demand).options(Options).depth == 3


def test_options_of_another_stage_or_of_none_are_a_mistake_of_ours(world: World) -> None:
    demand = Demand("deep", Evidence(("a/b",), lambda case, reports: Verdict()), Closed())
    with pytest.raises(TypeError, match="other options"):
        demanding(world, demand).options(Options)
    with pytest.raises(TypeError, match="no evidence"):
        demanding(world, None).options(Options)
