"""A private stack for tests: registry, PostgreSQL and all of Airflow; only the engine is shared."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.stack.stack import ROOT, Stack


@contextmanager
def private_stack(project: Path, folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """A running stack of ``project`` (folders dags, plugins and include), its state in ``folder``.

    ``settings`` of Airflow replace the stack's own. Everything it started is stopped at the end,
    whatever happened; the state is removed only after success, so that the logs of a failure can be read.
    """
    stack = Stack(folder, project, settings or {})
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
    stack.remove()


def state_folder(name: str, factory: pytest.TempPathFactory) -> Path:
    """A folder for a stack's state: under ``make test`` where the next run finds, and stops, what a
    killed one left; else in pytest's own."""
    base = os.environ.get("GOLDEN_IMAGES_STATE")
    return Path(base) / f"{name}-{os.getpid()}" if base else factory.mktemp(name) / "state"


def copy_project(target: Path, *, root: Path = ROOT) -> Path:
    """A copy of dags, plugins and include, to change definitions in without touching the project."""
    for name in ("dags", "plugins", "include"):
        if (root / name).exists():
            shutil.copytree(root / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def wait_for_dags(stack: Stack, wanted: set[str], timeout: float = 300) -> None:
    """Until the dag-processor has made all of ``wanted``; fails with the import errors."""
    deadline = time.monotonic() + timeout
    while missing := wanted - set(stack.client.dags()):
        if time.monotonic() > deadline:
            pytest.fail(f"no DAG {sorted(missing)} after {timeout:.0f} s: {stack.client.import_errors()}")
        time.sleep(0.5)


@pytest.fixture(scope="session")
def airflow_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The project itself in a private stack, for the whole session."""
    with private_stack(ROOT, state_folder("airflow", tmp_path_factory)) as stack:
        yield stack
