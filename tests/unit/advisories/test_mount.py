"""A database on a worker: the bytes that were imported, whole, whoever else fetches, dies or meddles."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from golden_images.advisories import mount
from golden_images.advisories.formats import osv
from golden_images.advisories.mount import mounted
from golden_images.advisories.store import Store
from golden_images.core.advisories import AdvisoryDatabase
from golden_images.core.digest import Digest
from golden_images.errors import IntegrityError, RegistryError, ServiceError
from tests.fakes.advisories import pypi, record, store, written, zipped
from tests.fakes.registry import FakeRegistry

CONTENT = zipped(record())


class Counting(FakeRegistry):
    """``streamed``: blobs that were read from the beginning."""

    streamed = 0
    altered = b""

    @contextmanager
    def open_blob(self, repository: str, digest: Digest) -> Iterator[Iterator[bytes]]:
        self.streamed += 1
        if self.altered:
            yield iter([self.altered])
            return
        with super().open_blob(repository, digest) as chunks:
            yield chunks


@pytest.fixture
def registry() -> Counting:
    return Counting()


@pytest.fixture
def ours(registry: Counting) -> Store:
    return store(registry=registry)


@pytest.fixture
def database(ours: Store, tmp_path: Path) -> AdvisoryDatabase:
    return ours.put(osv.archive(written(tmp_path / "all.zip", record())), "all.zip").database


@pytest.fixture
def worker(tmp_path: Path) -> Path:
    return tmp_path / "worker"


def test_the_files_lie_as_a_scanner_looks_for_them(
    ours: Store, database: AdvisoryDatabase, worker: Path
) -> None:
    with mounted(ours, database, worker) as found:
        assert (found.folder / "Debian" / "all.zip").read_bytes() == CONTENT
        assert found.about == database.about


def test_what_is_there_is_not_fetched_again(
    ours: Store, registry: Counting, database: AdvisoryDatabase, worker: Path
) -> None:
    for _ in range(3):
        with mounted(ours, database, worker):
            pass
    assert registry.streamed == 1


@pytest.mark.parametrize("harm", ["altered", "cut", "gone", "link"])
def test_what_is_not_what_it_was_is_fetched_anew(
    ours: Store, registry: Counting, database: AdvisoryDatabase, worker: Path, harm: str
) -> None:
    with mounted(ours, database, worker) as found:
        file = found.folder / "Debian" / "all.zip"
    if harm == "altered":
        before = file.stat()
        file.write_bytes(CONTENT[:-1] + b"?")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    elif harm == "cut":
        file.write_bytes(CONTENT[:-1])
    elif harm == "gone":
        file.unlink()
    else:
        file.rename(worker / "elsewhere")
        file.symlink_to(worker / "elsewhere")
    with mounted(ours, database, worker) as found:
        assert (found.folder / "Debian" / "all.zip").read_bytes() == CONTENT
        assert not file.is_symlink()
    assert registry.streamed == 2


@pytest.mark.parametrize("altered", [CONTENT[:-1] + b"?", CONTENT[:-1], CONTENT + b"?", b"?" * 10**6])
def test_what_the_registry_alters_is_not_mounted(
    ours: Store, registry: Counting, database: AdvisoryDatabase, worker: Path, altered: bytes
) -> None:
    registry.altered = altered
    with pytest.raises(IntegrityError), mounted(ours, database, worker):
        pass
    assert [path.name for path in worker.iterdir() if path.is_dir()] == [], "nothing of it stays"


def test_one_that_the_registry_lost_is_told(ours: Store, database: AdvisoryDatabase, worker: Path) -> None:
    ours.registry.delete_manifest(ours.repository, database.digest)
    with pytest.raises(RegistryError) as caught, mounted(ours, database, worker):
        pass
    assert caught.value.status == 404


def test_many_at_once_fetch_it_once(
    ours: Store, registry: Counting, database: AdvisoryDatabase, worker: Path
) -> None:
    together = threading.Barrier(6)

    def one(_: int) -> bytes:
        together.wait(timeout=60)
        with mounted(ours, database, worker) as found:
            return (found.folder / "Debian" / "all.zip").read_bytes()

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(one, range(6))) == {CONTENT}
    assert registry.streamed == 1


def test_one_that_dies_while_it_fetches_leaves_nothing_half(
    ours: Store, registry: Counting, database: AdvisoryDatabase, worker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    with monkeypatch.context() as dying:
        # No time to clean up.
        dying.setattr(mount.shutil, "rmtree", lambda *_, **__: None)
        dying.setattr(mount, "_verified", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed), mounted(ours, database, worker):
            pass
    (left,) = [path for path in worker.iterdir() if path.is_dir()]
    assert ".part-" in left.name
    with mounted(ours, database, worker) as found:
        assert (found.folder / "Debian" / "all.zip").read_bytes() == CONTENT
    assert left.exists(), "somebody may still be at it"
    os.utime(left, (0, 0))
    with mounted(ours, database, worker):
        assert not left.exists()


def test_the_last_ones_stay_and_what_is_used(
    ours: Store, tmp_path: Path, worker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mount, "KEPT", 2)
    made = []
    for number in range(4):
        content = osv.archive(written(tmp_path / "all.zip", pypi(f"PYSEC-2026-{number}")))
        made.append(ours.put(content, "all.zip").database)
    with mounted(ours, made[0], worker) as used:
        os.utime(used.folder, (0, 0))
        for number, database in enumerate(made[1:], start=1):
            with mounted(ours, database, worker) as found:
                pass
            os.utime(found.folder, (number, number))
        with mounted(ours, made[3], worker):
            pass
        assert (used.folder / "PyPI" / "all.zip").is_file(), "a scanner reads it"
        kept = {path.name for path in worker.iterdir() if path.is_dir()}
        assert kept == {made[number].digest.hex for number in (0, 2, 3)}
    with mounted(ours, made[3], worker):
        assert not used.folder.exists()


def test_one_of_any_size_is_refused_before_it_is_fetched(
    ours: Store, registry: Counting, database: AdvisoryDatabase, worker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mount, "MOST_BYTES", 10)
    with pytest.raises(IntegrityError, match="too large"), mounted(ours, database, worker):
        pass
    assert registry.streamed == 0


def test_a_worker_without_room_says_where(ours: Store, database: AdvisoryDatabase, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = pytest.raises(ServiceError, match="cannot keep the osv database")
    with told as caught, mounted(ours, database, tmp_path / "file"):
        pass
    assert caught.value.endpoint == str(tmp_path / "file")


def test_an_error_of_who_uses_it_is_his_own(ours: Store, database: AdvisoryDatabase, worker: Path) -> None:
    with pytest.raises(FileNotFoundError), mounted(ours, database, worker) as found:
        (found.folder / "nothing").read_bytes()
