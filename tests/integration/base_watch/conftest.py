"""One stack for all tests of the base watch: each has bases and images of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.base_watch.watched import Watched, watched_project
from tests.services.airflow_stack import state_folder

#: Images, each on a base of its own; some behind a proxy, which makes a registry of their own of it.
DIRECT = (
    "burst", "asleep", "near", "left", "old", "moved",
    "settles", "wakes", "starts", "records", "fires", "pair",
)  # fmt: skip
PROXIED = ("looks", "away")


@pytest.fixture(scope="package")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder, state = tmp_path_factory.mktemp("watched"), state_folder("watch", tmp_path_factory)
    with watched_project(folder, state, DIRECT, PROXIED) as watched:
        yield watched
        watched.sound()
