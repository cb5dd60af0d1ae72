"""Databases of advisories in a real registry and a SQL catalog: kept, shared between processes, whole."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from golden_images.adapters.catalog import SqlCatalog
from golden_images.adapters.registry import client_from
from golden_images.advisories.importing import import_
from golden_images.advisories.mount import mounted
from golden_images.advisories.store import Store
from golden_images.core.organisation import Organisation
from tests.fakes.advisories import pypi, record, store, written
from tests.services.registry import RegistryService

pytestmark = pytest.mark.registry

#: Large enough that a fetch takes a while.
NOISE = 6 * 1024**2


def ours(host: str, url: str) -> Store:
    catalog = SqlCatalog.from_url(url)
    return store(
        organisation=Organisation(schema=1),
        registry=client_from(host),
        catalog=catalog,
        now=lambda: datetime(2026, 11, 24, 12, tzinfo=UTC),
    )


@pytest.fixture
def url(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path / 'catalog.db'}"
    SqlCatalog.from_url(address).migrate()
    return address


def test_garbage_collection_takes_none(
    own_registry_service: RegistryService, url: str, tmp_path: Path
) -> None:
    service = own_registry_service
    first = import_(ours(service.host, url), written(tmp_path / "a.zip", record())).database
    second = import_(ours(service.host, url), written(tmp_path / "b.zip", pypi())).database
    service.stop()
    service.collect_garbage()
    service.start()
    for number, database in enumerate((first, second)):
        with mounted(ours(service.host, url), database, tmp_path / f"worker{number}") as found:
            assert (found.folder / "Debian" / "all.zip").read_bytes() == (tmp_path / "a.zip").read_bytes()


def _mount(host: str, url: str, digest: str, worker: Path) -> None:
    from golden_images.core.digest import Digest

    there = ours(host, url)
    database = there.catalog.database(Digest(digest))
    assert database is not None
    with mounted(there, database, worker) as found:
        assert (found.folder / "Debian" / "all.zip").stat().st_size > NOISE


def test_processes_that_are_killed_while_they_fetch_leave_it_to_the_next(
    own_registry_service: RegistryService, url: str, tmp_path: Path
) -> None:
    noise = os.urandom(NOISE).hex()
    host, worker = own_registry_service.host, tmp_path / "worker"
    made = import_(ours(host, url), written(tmp_path / "a.zip", record(details=noise))).database
    fork = multiprocessing.get_context("fork")
    for wait in (0.0, 0.02, 0.05, 0.1, 0.2):
        process = fork.Process(target=_mount, args=(host, url, str(made.digest), worker))
        process.start()
        time.sleep(wait)
        if process.pid:
            os.kill(process.pid, signal.SIGKILL)
        process.join()
    several = [fork.Process(target=_mount, args=(host, url, str(made.digest), worker)) for _ in range(4)]
    for process in several:
        process.start()
    for process in several:
        process.join(timeout=60)
    assert [process.exitcode for process in several] == [0] * 4
    assert [path.name for path in worker.iterdir() if path.is_dir() and ".part-" not in path.name] == [
        made.digest.hex
    ]
