"""Backfill over past base versions on real Airflow, engine, registry and database."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from golden_images.core.digest import Digest
from local.stack.rest import NoAnswer
from tests.integration.past import GONE, Past, until
from tests.integration.tiny import Tiny, tiny_project, wait_for
from tests.services.readme import add_stage
from tests.services.registry import RegistryService

pytestmark = [pytest.mark.airflow, pytest.mark.docker, pytest.mark.registry]

MANY = [f"many-{number:02}" for number in range(20)]
ONE_BY_ONE = ("past", "holes", "cancelled")
FAMILY = ("parent", "child", "grandchild")
#: Each test has a month of its own, and images: Airflow makes one backfill of an image at a time.
PLAIN, HOLES, CANCELLED, CASCADE, BUSY = range(1, 6)


def define(tiny: Tiny) -> None:
    for name in (*ONE_BY_ONE, FAMILY[0]):
        tiny.image(name, watched=False)
    tiny.image("bystander", base="{image: past}")
    tiny.image("child", base="{image: parent}")
    # Not woken by its base: a cascade asks for it all the same.
    tiny.image("grandchild", base="{image: child}", watched=False)
    tiny.image("root", base="{bootstrap: {suite: bookworm}}")
    for name in MANY:
        tiny.image(name, watched=False)
        # A run of these ends in resolve.
        (tiny.project / "include" / "contexts" / name / "Dockerfile").unlink()


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory, shell_image: str) -> Iterator[Past]:
    service = RegistryService(tmp_path_factory.mktemp("past-registry"))
    service.start()
    try:
        folder = tmp_path_factory.mktemp("past")
        with tiny_project(folder, service, shell_image, prepare=define) as tiny:
            wait_for(tiny, *ONE_BY_ONE, "bystander", *FAMILY, "root", *MANY)
            yield Past(tiny)
    finally:
        service.stop()


@pytest.fixture(scope="module")
def cascaded(past: Past) -> list[str]:
    """Its keys. It goes on beside the other tests, for it takes the longest."""
    keys = past.record(CASCADE, [past.push(f"cascade {number}") for number in range(2)])
    made = past.ours("parent", CASCADE, "--cascade")
    assert made.returncode == 0, made.stderr
    return keys


def test_one_run_a_base_version_and_those_that_exist_are_recognised(past: Past, cascaded: list[str]) -> None:
    digests = [past.push(f"plain {number}") for number in range(2)]
    keys = past.record(PLAIN, digests)
    dry = past.airflow("past", PLAIN, "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert [key for key in keys if key in dry.stdout] == keys
    assert past.runs("past", keys) == [], "a dry run makes none"

    done = past.airflow("past", PLAIN, "--max-active-runs", "1")
    assert done.returncode == 0, done.stderr
    runs = past.ended("past", keys, 2)
    assert [run["partition_key"] for run in runs] == keys
    assert {(run["run_type"], run["state"]) for run in runs} == {("backfill", "success")}
    assert [past.why(run) for run in runs] == ["backfill"] * 2
    starts, ends = [run["start_date"] for run in runs], [run["end_date"] for run in runs]
    assert all(end <= start for end, start in zip(ends[:-1], starts[1:], strict=True)), "one at a time"
    for day, (run, digest) in enumerate(zip(runs, digests, strict=True), start=1):
        version, _, base = past.release(run)
        assert base == digest
        assert version.startswith(f"2024.01.{day:02}-")
    assert "dev" not in past.tiny.tags("past"), "no channel moves"
    assert past.runs("bystander") == [], "no child is woken"

    for behaviour, again in (("none", 0), ("failed", 0), ("completed", 2)):
        would = past.rest("past", PLAIN, dry_run=True, reprocess_behavior=behaviour)
        assert would["total_entries"] == again
        past.rest("past", PLAIN, reprocess_behavior=behaviour)
        runs = past.ended("past", keys, 2 + again)
        assert len(runs) == 2 + again
    assert [past.why(run) for run in runs[2:]] == ["unchanged"] * 2
    assert len(past.versions("past", PLAIN)) == 2


def test_a_base_that_is_gone_fails_at_once_and_the_others_go_on(past: Past) -> None:
    keys = past.record(HOLES, [past.push("hole"), GONE])
    dry = past.ours("holes", HOLES, "--dry-run", "--json")
    assert dry.returncode == 1, dry.stderr
    shown = json.loads(dry.stdout)["versions"]
    assert [one["partition_key"] for one in shown] == keys
    assert [(one["run"], one["outcome"]) for one in shown] == [
        (True, "build"),
        (True, "gone"),
    ]

    made = past.ours("holes", HOLES, "--run-backwards", "--max-active-runs", "1", "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["runs"] == keys[::-1]
    runs = sorted(past.ended("holes", keys, 2), key=lambda run: str(run["start_date"]))
    assert [run["partition_key"] for run in runs] == keys[::-1], "the newest first"
    assert [run["state"] for run in runs] == ["failed", "success"]
    log = past.tiny.log(runs[0], "resolve")
    assert f"the base {past.tiny.base}@{GONE} is gone" in log
    assert "Traceback" not in log
    tries = {task["task_id"]: task["try_number"] for task in _tasks(past, runs[0])}
    assert tries["resolve"] == 1, "a retry brings no digest back"

    would = past.rest("holes", HOLES, dry_run=True, reprocess_behavior="failed")
    assert [one["partition_key"] for one in would["backfills"]] == [keys[1]]
    shown = json.loads(past.ours("holes", HOLES, "--dry-run", "--json").stdout)["versions"]
    assert [(one["run"], one["outcome"]) for one in shown] == [
        (False, "exists"),
        (False, "gone"),
    ]
    assert [shown[0]["version"]] == past.versions("holes", HOLES)


def test_cancelled_half_way_and_started_again(past: Past) -> None:
    digests = [past.push(f"cancelled {number}") for number in range(2)]
    keys = past.record(CANCELLED, digests)
    # No run begins before all was asked of the open backfill, however long that takes.
    past.pause("cancelled", True)
    made = past.rest("cancelled", CANCELLED, max_active_runs=1)
    with pytest.raises(NoAnswer, match="already a running backfill"):
        past.rest("cancelled", CANCELLED)
    refused = past.ours("cancelled", CANCELLED)
    assert refused.returncode == 1
    assert "there is a running backfill" in refused.stderr

    past.pause("cancelled", False)
    until(lambda: past.runs("cancelled", keys)[0]["state"] == "running", lambda: "none of them runs")
    past.tiny.stack.client._send("PUT", f"/api/v2/backfills/{made['id']}/cancel")
    states = [run["state"] for run in past.ended("cancelled", keys, 2)]
    assert states == ["success", "failed"], "what runs ends, what waits does not begin"
    assert len(past.versions("cancelled", CANCELLED)) == 1

    past.rest("cancelled", CANCELLED, reprocess_behavior="failed")
    runs = past.ended("cancelled", keys, 3)
    assert [run["partition_key"] for run in runs[2:]] == keys[1:]
    assert [run["state"] for run in runs[2:]] == ["success"]
    assert len(past.versions("cancelled", CANCELLED)) == 2
    assert {past.release(run)[2] for run in runs if run["state"] == "success"} == set(digests)


def test_a_cascade_backfills_children_in_order_on_the_parents_just_built(
    past: Past, cascaded: list[str]
) -> None:
    parents = past.ended("parent", cascaded, 2)
    generations = [parents]
    for name in FAMILY[1:]:
        runs = past.ended(name, (), 2)
        assert {(run["run_type"], run["state"]) for run in runs} == {("operator_triggered", "success")}
        assert [past.why(run) for run in runs] == ["backfill"] * 2
        generations.append(runs)
    for above, below in itertools.pairwise(generations):
        ended = {past.release(run)[1]: run for run in above}
        for run in below:
            version, _, base = past.release(run)
            parent = ended[Digest(base)]
            assert version[:10] == past.release(parent)[0][:10], "dated by the first base of the chain"
            release = next(task for task in _tasks(past, parent) if task["task_id"] == "release")
            assert release["start_date"] < run["start_date"]
    for name in FAMILY:
        assert "dev" not in past.tiny.tags(name)

    # The same through Airflow's own command; what it does not know it refuses.
    with pytest.raises(NoAnswer, match="cascade"):
        past.rest("parent", CASCADE, reprocess_behavior="completed", dag_run_conf={"cascade": "maybe"})
    conf = ("--dag-run-conf", '{"cascade": true}')
    again = past.airflow("parent", CASCADE, "--reprocess-behavior", "completed", *conf)
    assert again.returncode == 0, again.stderr
    past.ended("parent", cascaded, 4)
    for name in FAMILY[1:]:
        runs = past.ended(name, (), 4)
        assert [past.why(run) for run in runs[2:]] == ["unchanged"] * 2
        assert len(past.versions(name, CASCADE)) == 2

    # A parent's task that is run again starts nothing twice.
    client, first = past.tiny.stack.client, parents[0]
    body = {
        "dry_run": False,
        "dag_run_id": first["dag_run_id"],
        "task_ids": ["release"],
        "only_failed": False,
    }
    client._send("POST", f"/api/v2/dags/{first['dag_id']}/clearTaskInstances", json=body)
    assert client.wait(first["dag_id"], first["dag_run_id"])["state"] == "success"
    assert len(past.runs("child")) == 4


def test_an_image_without_a_base_refuses(past: Past) -> None:
    for options in ((), ("--dry-run",)):
        refused = past.ours("root", PLAIN, *options)
        assert refused.returncode == 1
        assert "root cannot be backfilled" in refused.stderr
        assert "bootstrapped" in refused.stderr
    with pytest.raises(NoAnswer, match="does not support backfills"):
        past.rest("root", PLAIN)


def test_creation_through_rest_is_reliable_while_the_scheduler_is_busy(past: Past) -> None:
    keys = past.record(BUSY, [past.push(f"busy {number}") for number in range(2)])
    made = [past.rest(MANY[0], BUSY)]
    until(lambda: past.runs(MANY[0], keys)[0]["state"] == "running", lambda: "the scheduler is not busy")
    made += [past.rest(name, BUSY) for name in MANY[1:]]
    assert len({one["id"] for one in made}) == len(MANY)
    for name in MANY:
        assert [run["partition_key"] for run in past.runs(name, keys)] == keys


def test_code_that_changed_is_run_from_the_next_start_on(past: Past) -> None:
    """The last of this stack's tests: the page's example of a stage, while all runs."""
    stack = past.tiny.stack
    task = add_stage(past.tiny.project)
    assert stack.start() is True, "the components keep what they have read"

    def tasks() -> set[str]:
        found = stack.client._send("GET", "/api/v2/dags/golden_images.past/tasks")["tasks"]
        return {one["task_id"] for one in found}

    until(lambda: task in tasks(), lambda: f"the DAG has {sorted(tasks())}")
    assert stack.client.import_errors() == []
    assert stack.start() is False, "nothing has changed since"


def _tasks(past: Past, run: dict[str, Any]) -> list[dict[str, Any]]:
    return past.tiny.stack.client.tasks(run["dag_id"], run["dag_run_id"])
