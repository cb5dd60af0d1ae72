"""A test that sets what a fake does not have would pass whatever the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.backfills import FakeBackfills
from tests.fakes.catalog import FakeCatalog
from tests.fakes.engine import FakeEngine
from tests.fakes.registry import FakeRegistry
from tests.fakes.scanning import FakeScanner
from tests.fakes.tools import (
    FakeBootstrapper,
    FakeLinter,
    FakePackageArchive,
    FakeSbomGenerator,
    FakeTestRunner,
)
from tests.fakes.watch import Field
from tests.fakes.world import World

FAKES = [
    *(FakeBootstrapper, FakeEngine, FakeLinter, FakePackageArchive, FakeRegistry, FakeSbomGenerator),
    *(FakeScanner, FakeTestRunner, Field, lambda: World(Path()), lambda: FakeBackfills(FakeCatalog(), "")),
]


@pytest.mark.parametrize("make", FAKES)
def test_a_fake_has_no_other_attributes_than_its_own(make: type) -> None:
    with pytest.raises(AttributeError):
        make().misspelt = True


def test_what_a_fake_has_may_be_set_and_a_method_be_replaced() -> None:
    registry = FakeRegistry()
    registry.down = True
    registry.ping = lambda: None  # type: ignore[method-assign]
    registry.ping()
