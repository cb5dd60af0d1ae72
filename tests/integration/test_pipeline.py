"""Whole DAGs on real Airflow, engine, registry and database: releases, and every fault on the way."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import docker
import pytest

from golden_images.core import names
from golden_images.operators.workspace import place
from tests.integration.killing import KILLED, kill_all, task_of
from tests.integration.tiny import DOCKERFILE, Tiny, containers_of, tiny_project, wait_for
from tests.services.registry import RegistryService
from tests.services.stack_faults import eventually

pytestmark = [pytest.mark.airflow, pytest.mark.docker, pytest.mark.registry]

BROKEN = DOCKERFILE + "RUN echo about to fail; exit 3\n"
IMAGES: dict[str, dict[str, str]] = {
    "plain": {},
    "moved": {},
    "twice": {},
    "broken": {"dockerfile": BROKEN},
    **{f"killed-{stage}": changes for stage, changes in KILLED.items()},
}


def define(tiny: Tiny) -> None:
    for name, changes in IMAGES.items():
        tiny.image(name, watched=False, **changes)
    tiny.image("child", base="{image: plain}")


@pytest.fixture(scope="module")
def tiny(
    tmp_path_factory: pytest.TempPathFactory, shell_image: str, engine_client: docker.APIClient
) -> Iterator[Tiny]:
    folder = tmp_path_factory.mktemp("tiny")
    service = RegistryService(tmp_path_factory.mktemp("tiny-registry"))
    service.start()
    try:
        with tiny_project(folder, service, shell_image, prepare=define) as made:
            wait_for(made, "child", *IMAGES)
            yield made
    finally:
        service.stop()


@pytest.fixture(scope="module")
def begun(tiny: Tiny) -> dict[str, list[str]]:
    """Runs that only their end is asked of: they go on beside the first tests."""
    trigger = tiny.stack.client.trigger
    return {
        name: [trigger(f"golden_images.{name}") for _ in range(count)]
        for name, count in {"broken": 1, "twice": 2}.items()
    }


@pytest.fixture(scope="module")
def killed(tiny: Tiny, engine_client: docker.APIClient) -> dict[str, str]:
    """By stage, a run in which it was killed at work."""
    return kill_all(tiny, engine_client)


def test_release_can_be_pulled_and_inspected_and_wakes_its_child(
    tiny: Tiny, begun: dict[str, list[str]], engine_client: docker.APIClient
) -> None:
    run = tiny.run("plain")
    assert run["state"] == "success", tiny.states(run)
    (version,) = [tag for tag in tiny.tags("plain") if names.is_version(tag)]
    digest = tiny.digest("plain", version)
    assert tiny.digest("plain", "dev") == digest
    reference = f"{tiny.service.host}/golden/plain"
    engine_client.pull(reference, tag=version)
    inspected = engine_client.inspect_image(f"{reference}:{version}")
    assert f"{reference}@{digest}" in inspected["RepoDigests"]
    engine_client.remove_image(f"{reference}:{version}", force=True)
    shown = subprocess.run(
        ["skopeo", "inspect", "--tls-verify=false", f"docker://{reference}:{version}"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    assert digest in shown
    eventually(lambda: tiny.stack.client.runs("golden_images.child"), "the release wakes its child")
    (woken,) = tiny.stack.client.runs("golden_images.child")
    child = tiny.stack.client.wait("golden_images.child", woken["dag_run_id"])
    assert (child["run_type"], child["state"]) == ("asset_triggered", "success")
    assert str(digest).replace(":", "-") in child["partition_key"]
    assert [tag for tag in tiny.tags("child") if names.is_version(tag)]


def test_unchanged_is_one_task_that_ends_well_and_no_new_version(tiny: Tiny) -> None:
    before = tiny.tags("plain")
    run = tiny.run("plain")
    states = tiny.states(run)
    assert run["state"] == "success"
    assert states.pop("resolve") == "success"
    assert set(states.values()) == {"skipped"}
    assert tiny.stack.client.xcom(run["dag_id"], run["dag_run_id"], "resolve")["why"] == "unchanged"
    assert tiny.tags("plain") == before


def test_dockerfile_that_fails_shows_its_line_and_last_output_and_no_python(
    tiny: Tiny, begun: dict[str, list[str]]
) -> None:
    run = tiny.stack.client.wait("golden_images.broken", begun["broken"][0])
    assert run["state"] == "failed"
    log = tiny.log(run, "build")
    assert "line 6" in log
    assert "about to fail" in log
    assert "Traceback" not in log
    tries = {entry["task_id"]: entry["try_number"] for entry in _tasks(tiny, run)}
    assert tries["build"] == 1, "a Dockerfile does not mend itself between two tries"


def test_tag_that_moves_during_the_run_changes_nothing(tiny: Tiny, engine_client: docker.APIClient) -> None:
    """The base's tag is moved while the build waits; the digest of resolve is what is used."""
    before = tiny.registry.resolve("base/shell", "1")
    run_id = tiny.stack.client.trigger("golden_images.moved")
    eventually(lambda: _state(tiny, "moved", run_id, "resolve") == "success", "it is resolved")
    manifest = tiny.registry.manifest("base/shell", "1")
    other = tiny.registry.put_manifest(
        "base/shell", b" " + manifest.content, manifest.descriptor.media_type, tag="1"
    )
    try:
        run = tiny.stack.client.wait("golden_images.moved", run_id)
        assert run["state"] == "success"
        annotations = _manifest(tiny, "moved")["annotations"]
        assert annotations["org.opencontainers.image.base.digest"] == before.digest != other.digest
    finally:
        tiny.registry.put_manifest("base/shell", manifest.content, manifest.descriptor.media_type, tag="1")


def test_two_runs_at_once_make_one_release(tiny: Tiny, begun: dict[str, list[str]]) -> None:
    client, runs = tiny.stack.client, begun["twice"]
    ended = [client.wait("golden_images.twice", run) for run in runs]
    assert [run["state"] for run in ended] == ["success", "success"]
    versions = [tag for tag in tiny.tags("twice") if names.is_version(tag)]
    assert len(versions) == 1, _history(tiny, "twice")
    reasons = sorted(client.xcom("golden_images.twice", run, "resolve")["why"] for run in runs)
    assert reasons == ["new", "unchanged"]


@pytest.mark.parametrize("stage", KILLED)
def test_killed_task_is_completed_by_its_retry(
    tiny: Tiny, engine_client: docker.APIClient, killed: dict[str, str], stage: str
) -> None:
    name, run_id = f"killed-{stage}", killed[stage]
    dag, task = f"golden_images.{name}", task_of(stage)
    run = tiny.stack.client.wait(dag, run_id)
    assert run["state"] == "success", tiny.log(run, task, 2)
    tries = {entry["task_id"]: entry["try_number"] for entry in _tasks(tiny, run)}
    assert tries[task] == 2, "nothing was killed"
    versions = [tag for tag in tiny.tags(name) if names.is_version(tag)]
    assert len(versions) == 1, _history(tiny, name)
    (version,) = versions
    assert tiny.digest(name, "dev") == tiny.digest(name, version)
    assert containers_of(engine_client, dag, run_id) == []
    local = [tag for image in engine_client.images() for tag in image["RepoTags"] or []]
    assert not [tag for tag in local if f"/{name}:" in tag], "the engine keeps no candidate"
    left = [stage for stage in tries if place(f"{dag}/{run_id}/{stage}").exists()]
    assert left == [], "temporary folders"


def test_registry_that_is_down_is_named_and_the_next_run_goes_on(tiny: Tiny) -> None:
    tiny.service.stop()
    try:
        run = tiny.run("plain")
    finally:
        tiny.service.start()
    assert run["state"] == "failed"
    log = tiny.log(run, "resolve")
    assert tiny.service.host in log
    assert "Traceback" not in log
    assert tiny.run("plain")["state"] == "success"


def _history(tiny: Tiny, name: str) -> str:
    """Every run of an image with its reason, for a failed assertion's text."""
    client, dag = tiny.stack.client, f"golden_images.{name}"
    return "\n".join(
        f"{run['run_type']} {run['partition_key']} {run['state']} "
        f"{client.xcom(dag, run['dag_run_id'], 'resolve')}"
        for run in client.runs(dag)
    )


def _tasks(tiny: Tiny, run: dict[str, Any]) -> list[dict[str, Any]]:
    return tiny.stack.client.tasks(run["dag_id"], run["dag_run_id"])


def _state(tiny: Tiny, name: str, run_id: str, task: str) -> str:
    return tiny.stack.client.task_states(f"golden_images.{name}", run_id).get(task, "")


def _manifest(tiny: Tiny, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tiny.registry.manifest(f"golden/{name}", "dev").content)
    return found
