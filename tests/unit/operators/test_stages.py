"""Stages as tasks: what travels between them, and how they end."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.api.datamodels._generated import TaskInstanceState
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import SetRenderedFields

from golden_images.core.digest import Digest
from golden_images.errors import EngineError, InputError, RegistryError, StageFailed
from golden_images.images.image import only_layer
from golden_images.job import LABEL_OWNER
from golden_images.operators.outcome import RetryWhatMayHelp, TaskStopped
from golden_images.operators.stopped import KEY, stopped
from golden_images.ports import ContainerSpec
from tests.fakes.catalog import FakeCatalog
from tests.fakes.world import World
from tests.unit.operators.conftest import CHILD_TASKS, Ran, Runner

Run = Callable[..., Runner]


def test_a_whole_run_passes_a_few_short_strings_from_task_to_task(run: Run, released: Runner) -> None:
    runner = run()
    last = runner.tasks(*CHILD_TASKS)
    assert last.ended is None
    assert last.returned == {"channels": "dev"}
    for (task, _), value in runner.xcoms.items():
        assert all(isinstance(text, str) for text in value.values()), task
        assert len(str(value)) < 600, task


def test_a_task_shows_the_digests_it_worked_on(
    run: Run, released: Runner, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Airflow shows is what it is told when the task has ended, by its own function for that."""
    sent: list[Any] = []
    comms = SimpleNamespace(send=sent.append)
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", comms, raising=False)
    gate = run().tasks("resolve", "lint", "build", "sbom", "scan", "test", "gate")
    assert gate.ended is None
    gate.operator.operator_extra_links = ()
    ti: Any = SimpleNamespace(task=gate.operator, start_date=None, end_date=None, id="", stats_tags={})
    task_runner.finalize(ti, TaskInstanceState.DEFERRED, {}, gate.log)  # type: ignore[arg-type]
    decided = world.catalog.decision("child", "run-1")
    (fields,) = [one.rendered_fields for one in sent if isinstance(one, SetRenderedFields)]
    assert decided is not None
    candidate = world.catalog.candidate("child", decided.build_id)
    assert candidate is not None
    assert fields == {"plan": str(decided.plan), "candidate": str(candidate.digest)}


def test_build_output_reaches_the_log_line_by_line(run: Run, released: Runner) -> None:
    build = run().tasks("resolve", "build")
    assert [line for line in build.log.of("info") if "RUN true" in line]


def test_links_lead_to_the_image_and_to_the_evidence_by_digest(run: Run, released: Runner) -> None:
    runner = run()
    sbom = runner.tasks("resolve", "build", "sbom")
    links = {
        link.name: link.get_link(sbom.operator, ti_key=None) for link in sbom.operator.operator_extra_links
    }
    digest = runner.xcoms["build", "return_value"]["digest"]
    page = f"/golden-images/images/child/{digest}"
    assert links["Image"] == page
    assert links["Evidence"].startswith(f"{page}/reports/sha256:")
    report = Digest(links["Evidence"].rpartition("/")[2])
    registry = runner.world.registry
    assert b"CycloneDX" in only_layer(registry, "golden/child", report)


def test_links_begin_with_the_address_that_airflow_is_known_by(
    run: Run, released: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.test/team/")
    build = run().tasks("resolve", "build")
    assert build.operator.made["Image"].startswith("https://airflow.test/team/golden-images/images/child/")


def test_a_link_that_cannot_be_made_costs_no_task(run: Run, released: Runner, world: World) -> None:
    def no_answer(*args: Any, **kwargs: Any) -> Any:
        raise RegistryError("the registry did not answer")

    runner = run()
    runner.tasks("resolve", "build")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("golden_images.operators.addresses._report", no_answer)
        sbom = runner.task("sbom")
    assert sbom.ended is None
    assert "Evidence" not in sbom.operator.made


def test_a_verdict_of_no_ends_the_task_without_a_trace_and_without_a_retry(
    run: Run, released: Runner, world: World
) -> None:
    world.engine.failure = StageFailed(
        "the Dockerfile fails in line 3", cause="exit code 7", remedy="mend it"
    )
    build = run().tasks("resolve", "build")
    assert isinstance(build.ended, TaskStopped)
    assert build.ended.__cause__ is None
    assert build.ended.__suppress_context__
    assert build.log.of("error") == [
        "the Dockerfile fails in line 3",
        "  cause:  exit code 7",
        "  remedy: mend it",
    ]
    assert decision(build.operator, build.ended) == "fail"


def test_a_task_that_stops_leaves_why_and_where_its_report_is(
    run: Run, released: Runner, world: World
) -> None:
    world.test_runner.failures = {"test_it": "no shell"}
    runner = run()
    test = runner.tasks("resolve", "build", "test")
    assert isinstance(test.ended, TaskStopped)
    left = stopped("golden_images.child", "a b", "test", runner.xcoms["test", KEY])
    assert "1 of 1 test failed" in left.problem
    assert left.report == test.operator.made["Evidence"]
    assert left.page.endswith("/dags/golden_images.child/runs/a%20b/tasks/test")


def test_what_a_task_cannot_leave_hides_no_error(run: Run, released: Runner, world: World) -> None:
    class Full(dict[tuple[str, str], Any]):
        def update(self, *_: Any, **__: Any) -> None:
            raise RuntimeError("no answer")

    world.engine.failure = StageFailed("the Dockerfile fails")
    runner = run()
    runner.task("resolve")
    runner.xcoms = Full(runner.xcoms)
    build = runner.task("build")
    assert isinstance(build.ended, TaskStopped)
    assert build.log.of("error") == [
        "the Dockerfile fails",
        "the run's note will not say why: no answer",
    ]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (InputError("wrong"), "fail"),
        (EngineError("no answer"), "default"),
        (EngineError("refused", retryable=False), "fail"),
    ],
)
def test_only_what_a_retry_may_help_is_retried(
    run: Run, released: Runner, world: World, error: Any, expected: str
) -> None:
    world.engine.failure = error
    build = run().tasks("resolve", "build")
    assert isinstance(build.ended, TaskStopped)
    assert build.ended.code == error.exit_code
    assert decision(build.operator, build.ended) == expected


def test_a_mistake_of_ours_keeps_its_trace(run: Run, released: Runner, world: World) -> None:
    world.engine.failure = ZeroDivisionError()  # type: ignore[assignment]
    build = run().tasks("resolve", "build")
    assert isinstance(build.ended, ZeroDivisionError)
    assert decision(build.operator, build.ended) == "default"


def refused(ran: Ran) -> list[str]:
    assert isinstance(ran.ended, TaskStopped)
    assert decision(ran.operator, ran.ended) == "fail", "a retry cannot help"
    return ran.log.of("error")


def test_a_task_whose_run_has_decided_nothing_says_what_to_do(run: Run) -> None:
    assert refused(run().task("build")) == [
        "this run has no build plan",
        "  cause:  the catalog has no decision of the run run-1 on child",
        "  remedy: clear resolve with what comes after it, or trigger a new run",
    ]


def test_a_run_that_a_version_before_decided_says_what_to_do(
    run: Run, released: Runner, world: World
) -> None:
    """It was cut in the middle by an upgrade: the plan travelled in Airflow then."""
    runner = run()
    runner.tasks("resolve", "build")
    before = world.catalog.decision("child", "run-1")
    assert before is not None
    world.catalog.record_decision(replace(before, plan=None))
    told = refused(runner.task("test"))
    assert told[0] == "this run's build plan is not known"
    assert told[-1] == "  remedy: clear resolve with what comes after it, or trigger a new run"
    runner.tasks("resolve", "lint", "build", "sbom", "scan", "test")
    assert runner.task("gate").ended is None, "the remedy helps"


def test_a_stage_of_a_run_that_was_built_by_a_version_before_says_what_to_do(
    run: Run, released: Runner, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = run()
    runner.tasks("resolve", "build")
    with monkeypatch.context() as patch:
        patch.setattr(world.catalog, "candidate", lambda *_: None)
        told = refused(runner.task("sbom"))
    assert told[0].endswith("has no candidate")
    assert told[-1] == "  remedy: clear build with what comes after it"


def test_a_later_task_of_a_run_that_has_nothing_to_do_says_so(run: Run, released: Runner) -> None:
    again = run(image="root", run_id="run-2")
    again.task("resolve")
    told = refused(again.task("gate"))
    assert told[0] == "this run has nothing to do"
    assert told[1].startswith("  cause:  resolve decided: unchanged: ")


def test_a_resolve_that_decides_anew_is_what_later_tasks_work_on(
    run: Run, released: Runner, world: World
) -> None:
    """Cleared alone: what was built for the first decision is not taken for the second one's."""
    runner = run()
    runner.tasks("resolve", "lint", "build", "sbom", "scan", "test")
    (world.contexts / "child" / "motd").write_text("new\n")
    second = runner.task("resolve").returned
    told = refused(runner.task("gate"))
    assert told[0] == f"build {second['build_id'][:12]} has no candidate"
    last = runner.tasks(*CHILD_TASKS[1:])
    assert last.ended is None
    release = world.catalog.current("child")
    assert release is not None
    assert release.build_id == second["build_id"]


def test_a_later_task_of_an_old_run_works_on_that_runs_plan(run: Run, released: Runner, world: World) -> None:
    old = run()
    old.tasks(*CHILD_TASKS)
    first = world.catalog.current("child")
    (world.contexts / "child" / "motd").write_text("new\n")
    run(run_id="run-2").tasks(*CHILD_TASKS)
    gate = old.task("gate")
    assert gate.ended is None
    assert first is not None
    assert gate.operator.candidate == first.digest


def test_a_plan_that_the_registry_lost_is_named(run: Run, released: Runner, world: World) -> None:
    """And the catalog does not keep it either: an older run."""
    runner = run()
    plan = Digest(runner.tasks("resolve").returned["plan"])
    world.registry.delete_manifest("golden/child", plan)
    assert isinstance(world.catalog, FakeCatalog)
    world.catalog.kept_manifest = lambda image, digest: None  # type: ignore[method-assign]
    told = refused(runner.task("build"))
    assert told[0] == f"child: the build plan {plan} is gone"
    assert "trigger the image with force" in told[-1]


def decision(operator: Any, error: BaseException) -> str:
    policy = operator.retry_policy
    assert isinstance(policy, RetryWhatMayHelp)
    return str(policy.evaluate(error, try_number=1, max_tries=2).action.value)


# Clean-up


def left_over(world: World, owner: str) -> None:
    """What a killed try of ``owner`` left behind, beside somebody else's container."""
    for name, who in (("left", owner), ("other", "golden_images.child/run-2/test")):
        world.engine.containers[name] = ContainerSpec("image", name, {LABEL_OWNER: who})


def test_a_retry_first_removes_what_the_killed_try_left(run: Run, released: Runner, world: World) -> None:
    runner = run()
    runner.tasks("resolve", "build")
    left_over(world, "golden_images.child/run-1/test")
    assert runner.task("test").ended is None
    assert list(world.engine.containers) == ["other"]


def test_a_killed_task_removes_its_containers(run: Run, released: Runner, world: World) -> None:
    runner = run()
    runner.tasks("resolve", "build")
    test = runner.task("test")
    left_over(world, "golden_images.child/run-1/test")
    test.operator.on_kill()
    assert list(world.engine.containers) == ["other"]


def test_a_root_base_is_made_and_listed_without_an_engine(run: Run, world: World) -> None:
    runner = run(image="root")
    world.engine.down = True
    built = runner.tasks("resolve", "build", "sbom", "scan")
    assert built.ended is None
    world.engine.down = False
    assert runner.task("test").ended is None
    world.engine.down = True
    assert runner.tasks("gate", "release", "promote").ended is None


def test_a_stage_that_owns_no_container_needs_no_engine(run: Run, released: Runner, world: World) -> None:
    runner = run()
    runner.tasks("resolve", "build")
    world.engine.down = True
    lint = runner.task("lint")
    assert lint.ended is None
    lint.operator.on_kill()
