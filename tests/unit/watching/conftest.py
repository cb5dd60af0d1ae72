from __future__ import annotations

import pytest

from tests.fakes.watch import Field


@pytest.fixture
def place() -> Field:
    """A base that is watched, with its two images."""
    return Field()
