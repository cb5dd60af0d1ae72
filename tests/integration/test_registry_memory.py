"""A blob may be larger than the memory of who pushes or reads it."""

from __future__ import annotations

import tracemalloc
import uuid
from pathlib import Path

import pytest

from golden_images.adapters.registry import client_from
from tests.services.registry import RegistryService

pytestmark = pytest.mark.registry

SIZE = 96 * 1024 * 1024


def test_a_large_blob_is_never_in_memory(registry_service: RegistryService, tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(SIZE)
    registry, repository = client_from(registry_service.host), f"memory/{uuid.uuid4().hex}"
    tracemalloc.start()
    try:
        blob = registry.push_blob(repository, large)
        with registry.open_blob(repository, blob.digest) as pieces:
            assert sum(map(len, pieces)) == SIZE
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < SIZE / 8, f"{peak} bytes at once"
