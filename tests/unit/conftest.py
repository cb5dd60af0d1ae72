from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.fakes.world import World


@pytest.fixture(autouse=True)
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a test learns stays with it, and what the machine knows is not known to it."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def temporary_files_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A task's folder has a name that its next try finds again: two runs of the tests on one machine
    would clear each other's."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A root base and a child, each with a context."""
    made = World(contexts=tmp_path / "contexts")
    made.context("root")
    made.context("child")
    return made
