from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.watch import Field
from tests.fakes.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A root base and a child, each with a context."""
    made = World(contexts=tmp_path / "contexts")
    made.context("root")
    made.context("child")
    return made


@pytest.fixture
def place() -> Field:
    """A base that is watched, with its two images."""
    return Field()
