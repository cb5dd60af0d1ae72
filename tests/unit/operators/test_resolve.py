"""Resolve as a task: from a DAG run to a request, and its answer."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from airflow.sdk.exceptions import DownstreamTasksSkipped

from golden_images.operators.outcome import TaskStopped
from golden_images.operators.resolve import ResolveOperator
from golden_images.stages.resolve import Request
from tests.fakes.world import World
from tests.unit.operators.conftest import CHILD_TASKS, ROOT_TASKS, Runner

Run = Callable[..., Runner]
DIGEST = "sha256:" + "ab" * 32
KEY = "20261101T050000Z_" + DIGEST.replace(":", "-")


def test_it_hands_on_the_plan_the_build_id_the_version_and_the_reason(run: Run) -> None:
    ran = run(image="root").task("resolve")
    assert set(ran.returned) == {"plan", "build_id", "version", "reason", "why"}
    assert ran.returned["why"] == "new"
    assert ran.returned["version"] == f"2026.11.23-{ran.returned['build_id'][:8]}"


def test_an_unchanged_image_skips_and_still_says_why(run: Run, released: Runner) -> None:
    again = run(image="root", run_id="run-2")
    ran = again.task("resolve")
    assert isinstance(ran.ended, DownstreamTasksSkipped), "it ends well itself"
    assert sorted(ran.ended.tasks) == sorted(ROOT_TASKS[1:])
    reason = again.xcoms["resolve", "return_value"]["reason"]
    assert reason.startswith("unchanged: 2026.11.23-")
    assert again.xcoms["resolve", "return_value"] == {"why": "unchanged", "reason": reason}
    assert ran.log.of("info")[-1] == f"nothing is built: {reason}"


def test_other_demands_are_judged_about_the_release_and_wake_nobody(
    run: Run, released: Runner, world: World
) -> None:
    release = world.catalog.current("root")
    assert release is not None
    (world.contexts / "root" / "tests" / "test_it.py").write_text("def test_it(host): assert host\n")
    again = run(image="root", run_id="run-2")
    ran = again.task("resolve")
    assert ran.returned["version"] == release.version
    assert ran.returned["reason"] == "demands-changed: tests: tests/test_it.py"
    assert ran.log.of("info")[-1].startswith(f"judges {release.version}, ")
    ran = again.tasks(*ROOT_TASKS[1:-1])
    assert ran.ended is None
    assert again.xcoms["build", "return_value"]["digest"] == release.digest
    assert ran.keys == [], "no child is woken"
    assert again.task("promote").ended is None
    assert world.catalog.releases("root") == [release]


def test_force_builds_an_unchanged_image_with_the_persons_reason(run: Run, released: Runner) -> None:
    params = {"force": True, "reason": "openssl by hand"}
    ran = run(image="root", run_id="run-2", params=params).task("resolve")
    assert ran.returned["reason"] == "forced: openssl by hand"


def test_a_persons_reason_is_kept_with_decision_and_release(run: Run, released: Runner, world: World) -> None:
    why = "openssl\x1b[31m by hand\n\u202e" + "x" * 400
    again = run(image="root", run_id="run-2", params={"force": True, "reason": why}, user="alice")
    world.bootstrapper.state = "newer"
    assert again.tasks(*ROOT_TASKS).ended is None
    kept = "openssl [31m by hand " + "x" * 400
    decision = world.catalog.decisions("root")[0]
    assert (decision.run_id, decision.note, decision.actor) == ("run-2", kept, "alice")
    release = world.catalog.current("root")
    assert release is not None
    assert (release.note, release.actor) == (kept, "alice")


def test_a_run_that_nobody_started_has_no_actor(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for run_type in ("scheduled", "asset_triggered", "operator_triggered", "backfill"):
        key = None if run_type == "operator_triggered" else KEY
        request = asked(run, monkeypatch, run_type=run_type, partition_key=key, user="alice")
        assert request.actor == "", run_type
    assert asked(run, monkeypatch, user="alice").actor == "alice"


def asked(run: Run, monkeypatch: pytest.MonkeyPatch, **fields: object) -> Request:
    """The request that a run makes."""
    seen: list[Request] = []
    plain = ResolveOperator.request

    def spy(self: ResolveOperator, *args: object) -> Request:
        seen.append(plain(self, *args))  # type: ignore[arg-type]
        return seen[-1]

    monkeypatch.setattr(ResolveOperator, "request", spy)
    run(**fields).task("resolve")
    return seen[0]


def test_a_manual_run_asks_for_the_base_of_now(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    request = asked(run, monkeypatch)
    assert (request.base_digest, request.event, request.backfill, request.force) == (
        None,
        False,
        False,
        False,
    )
    assert request.date == datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert request.run_id == "run-1"


def test_an_event_asks_for_the_version_in_its_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    request = asked(run, monkeypatch, run_type="asset_triggered", partition_key=KEY)
    assert (request.base_digest, request.event, request.backfill) == (DIGEST, True, False)
    assert request.date == datetime(2026, 11, 1, 5, tzinfo=UTC)


def test_a_backfill_asks_for_a_past_version_and_its_date(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    request = asked(run, monkeypatch, run_type="backfill", partition_key=KEY)
    assert (request.base_digest, request.event, request.backfill) == (DIGEST, False, True)
    assert request.date == datetime(2026, 11, 1, 5, tzinfo=UTC)


def test_a_nightly_run_asks_for_the_base_of_now(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    request = asked(run, monkeypatch, run_type="scheduled", partition_key="20261123T020000Z_nightly")
    assert (request.base_digest, request.event, request.backfill) == (None, False, False)


def test_a_night_that_the_scheduler_makes_due_early_is_a_night(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = asked(run, monkeypatch, run_type="scheduled", partition_key="20991123T020000Z_nightly")
    assert (request.base_digest, request.date) == (None, datetime(2099, 11, 23, 2, tzinfo=UTC))


def test_a_persons_base_digest_comes_before_the_keys(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = "sha256:" + "cd" * 32
    request = asked(run, monkeypatch, partition_key=KEY, params={"base_digest": wanted})
    assert request.base_digest == wanted


def test_a_definition_broken_since_the_dag_was_made_is_named(run: Run) -> None:
    runner = run(image="root")
    path = runner.project / "include" / "images" / "root.yaml"
    path.write_text(path.read_text() + "nonsense: true\n")
    # The DAG of a broken definition has one task, and it is not resolve.
    ran = runner.task("definition")
    assert isinstance(ran.ended, TaskStopped)
    assert ran.log.of("error")[0].startswith("include/images/root.yaml:6:1: nonsense: unknown key")


# Events


def test_a_release_wakes_children_with_its_own_version_as_key(released: Runner, run: Run) -> None:
    forced = run(image="root", run_id="run-2", params={"force": True})
    release = forced.tasks(*ROOT_TASKS[:-1])
    outputs = release.returned
    at = datetime.fromisoformat(outputs["released_at"])
    if outputs["released"] == "yes":
        assert release.keys == [f"{at:%Y%m%dT%H%M%SZ}_{outputs['digest'].replace(':', '-')}"]
    else:
        assert release.keys == []


def test_a_first_release_emits_one_keyed_event(run: Run) -> None:
    release = run(image="root").tasks(*ROOT_TASKS[:-1])
    outputs = release.returned
    at = datetime.fromisoformat(outputs["released_at"])
    assert release.keys == [f"{at:%Y%m%dT%H%M%SZ}_{outputs['digest'].replace(':', '-')}"]


def test_a_backfill_wakes_nobody(run: Run, released: Runner, world: World) -> None:
    assert run().tasks(*CHILD_TASKS).ended is None
    assert run(image="root", run_id="r2", params={"force": True}).tasks(*ROOT_TASKS).ended is None
    (old, *_) = world.catalog.base_versions("root")
    key = f"{old.at:%Y%m%dT%H%M%SZ}_{old.digest.replace(':', '-')}"
    backfill = run(run_id="back", run_type="backfill", partition_key=key, params={"force": True})
    release = backfill.tasks(*CHILD_TASKS[:-1])
    assert release.ended is None
    assert release.keys == []
