"""Every scanner of the list is there, under its name."""

from __future__ import annotations

from pkgutil import resolve_name

import pytest

from golden_images.adapters.scanners import SCANNERS


@pytest.mark.parametrize("name", SCANNERS)
def test_a_scanner_answers_to_its_name(name: str) -> None:
    assert resolve_name(SCANNERS[name])().name == name
