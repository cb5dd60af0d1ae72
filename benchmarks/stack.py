"""A private stack with a project of its own: this one's, changed as the benchmark wants it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.console import LocalError
from local.stack import airflow, engine
from local.stack.stack import ROOT, Stack

BASE = "debian-base"
IMAGE = "python-runtime"


@contextmanager
def private_stack(names: list[str]) -> Iterator[Stack]:
    """A project that has ``debian-base`` and ``python-runtime``, the latter once for each of ``names``;
    woken by nothing."""
    with running(lambda project: _images(project, names)) as stack:
        yield stack


@contextmanager
def running(write: Callable[[Path], set[str]]) -> Iterator[Stack]:
    """Registry, PostgreSQL and all of Airflow for a copy of this project, once it has the DAGs that
    ``write`` returns, having changed the copy. Removed at the end."""
    with tempfile.TemporaryDirectory(prefix="golden-images-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL does not run as root, and has to pass
        project = folder / "project"
        for part in ("dags", "plugins", "include"):
            shutil.copytree(ROOT / part, project / part, ignore=shutil.ignore_patterns("__pycache__"))
        wanted = write(project)
        stack = Stack(folder / "state", project)
        try:
            stack.start()
            _wait_for_dags(stack, wanted)
            yield stack
        finally:
            engine.remove_ours(airflow.registry_host(stack.state))
            stack.stop()
            stack.remove()


def run(stack: Stack, image: str, *, timeout: float = 900, **conf: Any) -> dict[str, Any]:
    """Triggers and waits; the ended run. Raises LocalError if it did not succeed."""
    dag = f"golden_images.{image}"
    run_id = stack.client.trigger(dag, conf)
    ended = stack.client.wait(dag, run_id, timeout)
    if ended["state"] != "success":
        states = stack.client.task_states(dag, run_id)
        failed = next((task for task, state in states.items() if state == "failed"), "")
        log = "\n".join(stack.client.task_log(dag, run_id, failed)[-20:]) if failed else ""
        raise LocalError(f"{dag} failed: {states}", cause=log)
    return ended


def _images(project: Path, names: list[str]) -> set[str]:
    images = project / "include" / "images"
    original = (images / f"{IMAGE}.yaml").read_text()
    for path in images.glob("*.yaml"):
        if path.stem != BASE:
            path.unlink()
    for name in names:
        text = original.replace(f"\nname: {IMAGE}\n", f"\nname: {name}\n")
        text += "\nschedule: {nightly: null, on_base_change: false}\n"
        (images / f"{name}.yaml").write_text(text)
        context(project, name)
    return {f"golden_images.{one}" for one in (BASE, *names)}


def context(project: Path, name: str) -> Path:
    """The image's build context for one repetition. Its layer is a new one: the same again would be
    in the registry already, from the repetition before, and no push would be measured."""
    contexts = project / "include" / "contexts"
    made = contexts / name
    shutil.copytree(contexts / IMAGE, made)
    dockerfile = made / "Dockerfile"
    text = dockerfile.read_text()
    changed = text.replace(
        "\nRUN touch /tmp/began; ", f"\nRUN touch /tmp/began; echo {name} >/etc/bench; ", 1
    )
    assert changed != text, f"{dockerfile} has another first step now"
    dockerfile.write_text(changed)
    return made


def _wait_for_dags(stack: Stack, wanted: set[str], timeout: float = 180) -> None:
    deadline = time.monotonic() + timeout
    while missing := wanted - set(stack.client.dags()):
        if time.monotonic() > deadline:
            raise LocalError(f"no DAG {sorted(missing)}: {stack.client.import_errors()}")
        time.sleep(0.5)
