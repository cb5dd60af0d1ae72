"""Whoever may write to Airflow's XCom (its API lets every editor of a DAG do so) changes nothing: a
stage works on the plan and the candidate that the catalog names for its run."""

from __future__ import annotations

import json
from collections.abc import Callable

from golden_images.core import media
from golden_images.core.digest import Digest, canonical_json
from golden_images.operators.outcome import TaskStopped
from tests.fakes.world import World
from tests.unit.operators.conftest import CHILD_TASKS, Runner, project, released, run, world

__all__ = ["project", "released", "run", "world"]

Run = Callable[..., Runner]
REPOSITORY = "golden/child"


def planted(world: World, digest: Digest) -> Digest:
    """An image of the attacker's, like the candidate ``digest`` but for an annotation."""
    body = json.loads(world.registry.manifest(REPOSITORY, digest).content)
    content = canonical_json({**body, "annotations": {**body.get("annotations", {}), "evil": "yes"}})
    return world.registry.put_manifest(REPOSITORY, content, media.MANIFEST).digest


def test_a_forged_candidate_is_not_tested_judged_or_released(
    run: Run, released: Runner, world: World
) -> None:
    runner = run()
    built = runner.tasks("resolve", "lint", "build").returned
    evil = planted(world, Digest(built["digest"]))
    runner.xcoms["build", "return_value"] = {**built, "digest": str(evil)}
    ran = [runner.task(name) for name in CHILD_TASKS[3:]]
    assert [one.ended for one in ran] == [None] * len(ran)
    assert {one.operator.candidate for one in ran} == {built["digest"]}, "and the page of each task says so"
    release = world.catalog.current("child")
    assert release is not None
    assert release.digest == built["digest"]
    assert world.registry.referrers(REPOSITORY, evil) == ()


def test_a_forged_plan_is_not_built(run: Run, released: Runner, world: World) -> None:
    """An older plan, of a state that has a hole."""
    old = run(run_id="run-0").tasks("resolve").returned
    (world.contexts / "child" / "fixed").write_text("")
    runner = run()
    resolved = runner.tasks("resolve").returned
    assert resolved["plan"] != old["plan"]
    runner.xcoms["resolve", "return_value"] = old
    build = runner.task("build")
    assert build.ended is None
    assert build.operator.plan == resolved["plan"]
    candidate = world.catalog.candidate("child", resolved["build_id"])
    assert candidate is not None
    assert (candidate.plan, candidate.digest) == (resolved["plan"], build.returned["digest"])


def test_a_run_that_is_to_do_nothing_is_made_to_do_nothing(run: Run, released: Runner) -> None:
    """Its later tasks were skipped; somebody gives them a plan and clears them."""
    plan = released.xcoms["resolve", "return_value"]
    again = run(image="root", run_id="run-2")
    again.task("resolve")
    again.xcoms["resolve", "return_value"] = plan
    assert isinstance(again.task("build").ended, TaskStopped)
