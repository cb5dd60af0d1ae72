"""Attacks are run over the fakes, as unit tests are."""

from __future__ import annotations

from tests.unit.conftest import cache_of_its_own, temporary_files_of_its_own, world

__all__ = ["cache_of_its_own", "temporary_files_of_its_own", "world"]
