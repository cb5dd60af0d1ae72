"""Runs that end in another order than they were decided in."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

import pytest

from golden_images.core.reason import Why
from golden_images.errors import StageFailed
from golden_images.job import Job
from golden_images.stages import promote, release
from tests.fakes.world import NOW, Run, World, child, root

REPOSITORY = "golden/child"
LATER = NOW + timedelta(hours=1)


def changed(world: World, line: str) -> None:
    world.context("child", f"ARG BASE\nFROM ${{BASE}}\nRUN {line}\n")


def digest_of(world: World, tag: str) -> str:
    found = world.registry.resolve(REPOSITORY, tag)
    return str(found.digest) if found else ""


def job(world: World, run: Run, stage: str) -> Job:
    assert run.resolution.plan_digest is not None
    return world.job("child", run.resolution.plan_digest, run.candidate, stage)


@pytest.fixture
def held_up(world: World) -> Run:
    """A run that passed the gate and was held up there, while a newer one released another state."""
    world.run(root())
    old = world.run(child(), until="gate")
    changed(world, "newer")
    world.run(child(), run_id="newer", now=LATER)
    return old


def test_what_a_newer_decision_has_overtaken_is_not_released(world: World, held_up: Run) -> None:
    newer = world.catalog.current("child")
    assert newer is not None
    tags = world.registry.tags(REPOSITORY)
    report = release.run(job(world, held_up, "release"), world.ports())
    assert report.outputs["released"] == "no"
    assert report.outputs["detail"].startswith(f"superseded: {newer.version}")
    moved = promote.run(job(world, held_up, "promote"), world.ports())
    assert moved.summary.startswith("superseded")
    assert world.catalog.current("child") == newer
    assert digest_of(world, "dev") == newer.digest
    assert world.registry.tags(REPOSITORY) == tags


def test_of_two_decisions_of_one_moment_neither_is_overtaken(world: World) -> None:
    world.run(root())
    first = world.run(child(), until="gate")
    changed(world, "other")
    second = world.run(child(), run_id="other")
    assert first.resolution.plan.decided_at == second.resolution.plan.decided_at
    report = release.run(job(world, first, "release"), world.ports())
    assert report.outputs["released"] == "yes"


def test_clearing_an_old_release_moves_nothing_and_wakes_nobody(world: World) -> None:
    world.run(root())
    old = world.run(child())
    changed(world, "newer")
    world.run(child(), run_id="newer", now=LATER)
    newer = world.catalog.current("child")
    assert newer is not None
    report = release.run(job(world, old, "release"), world.ports())
    assert report.outputs["released"] == "no", "an event would wake the children"
    assert report.outputs["version"] == old.resolution.plan.version
    promote.run(job(world, old, "promote"), world.ports())
    assert digest_of(world, "dev") == newer.digest
    assert world.catalog.current("child") == newer


def test_a_slow_run_that_was_decided_later_is_released(world: World) -> None:
    """The older decision's release comes first and is no reason to leave the newer one out."""
    world.run(root())
    first = world.run(child(), until="gate")
    changed(world, "newer")
    slow = world.run(child(), run_id="slow", now=LATER, until="gate")
    release.run(job(world, first, "release"), world.ports())
    report = release.run(job(world, slow, "release"), world.ports())
    assert report.outputs["released"] == "yes"
    promote.run(job(world, slow, "promote"), world.ports())
    current = world.catalog.current("child")
    assert current is not None
    assert current.version == slow.resolution.plan.version
    assert digest_of(world, "dev") == current.digest


def test_an_earlier_state_that_is_wanted_again_is_released(world: World) -> None:
    world.run(root())
    world.run(child())
    changed(world, "newer")
    world.run(child(), run_id="newer", now=LATER)
    changed(world, "true")
    back = world.run(child(), run_id="back", now=LATER + timedelta(hours=1))
    assert back.resolution.reason.why is Why.CONTEXT_CHANGED
    assert back.reports["release"].outputs["released"] == "yes"
    current = world.catalog.current("child")
    assert current is not None
    assert digest_of(world, "dev") == current.digest == back.reports["release"].outputs["digest"]


def test_a_current_release_without_a_plan_is_dated_by_its_release(world: World, held_up: Run) -> None:
    newer = world.catalog.current("child")
    assert newer is not None
    world.registry.delete_manifest(REPOSITORY, newer.plan)
    report = release.run(job(world, held_up, "release"), world.ports())
    assert report.outputs["released"] == "no"


def test_promoting_what_was_never_released_still_fails(world: World) -> None:
    world.run(root())
    run = world.run(child(), until="gate")
    with pytest.raises(StageFailed, match="no release of build"):
        promote.run(job(world, run, "promote"), world.ports())


def test_a_decision_that_knows_a_release_is_later_than_its_whatever_the_clocks_say(world: World) -> None:
    world.run(root(), now=NOW - timedelta(hours=1))
    world.run(child(), now=LATER)
    changed(world, "newer")
    run = world.run(child(), run_id="clock behind", now=NOW)
    assert run.reports["release"].outputs["released"] == "yes"
    current = world.catalog.current("child")
    assert current is not None
    assert current.digest == digest_of(world, "dev")
    assert current.version == run.resolution.plan.version


def test_the_last_release_is_the_current_one_whatever_the_clocks_say(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.run(root())
    before = world.run(child())
    changed(world, "newer")

    class Behind(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Behind:
            return cls.fromtimestamp(datetime.now(tz).timestamp() - 600, tz)

    monkeypatch.setattr(release, "datetime", Behind)
    run = world.run(child(), run_id="clock behind", now=LATER)
    current = world.catalog.current("child")
    assert current is not None
    assert current.version == run.resolution.plan.version != before.resolution.plan.version
    assert digest_of(world, "dev") == current.digest


def test_a_release_that_the_registry_lost_keeps_no_newer_one_back(world: World) -> None:
    world.run(root())
    world.run(child())
    lost = world.catalog.current("child")
    assert lost is not None
    world.registry.delete_manifest(REPOSITORY, lost.digest)
    run = world.run(child(), run_id="forced", force=True, now=LATER)
    assert run.reports["release"].outputs["released"] == "yes"
    assert run.candidate is not None
    assert digest_of(world, "dev") == run.candidate.digest
