"""The package archive is asked for all images of a worker together, whichever task comes first."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from golden_images.adapters.debian import fetch as debian_fetch
from golden_images.adapters.debian.archive import DebianArchive
from golden_images.errors import IntegrityError
from golden_images.files import one_at_a_time
from tests.services.archive import KEYRING, ArchiveService

INRELEASE = "/debian/dists/test/InRelease"


def archive(folder: Path) -> DebianArchive:
    return DebianArchive(cache=folder / "cache", keyring=KEYRING)


def age(folder: Path) -> None:
    """Nobody asked for an hour."""
    for path in (folder / "cache" / "releases").glob("*.json"):
        at = time.time() - 3600
        os.utime(path, (at, at))


def test_a_later_look_costs_one_conditional_request_per_suite(
    archive_service: ArchiveService, tmp_path: Path
) -> None:
    first = archive(tmp_path).candidates("test", ["main"], "amd64", archive_service.mirror)
    archive_service.answers.clear()
    age(tmp_path)
    for _ in range(2):
        later = archive(tmp_path)
        assert later.candidates("test", ["main"], "amd64", archive_service.mirror) == first
        later.release_time("test", archive_service.mirror)
    assert archive_service.answers == [
        (304, INRELEASE),
        (304, "/debian/dists/test-updates/InRelease"),
        (304, "/debian-security/dists/test-security/InRelease"),
    ]


def test_two_images_of_a_suite_cost_what_one_costs(archive_service: ArchiveService, tmp_path: Path) -> None:
    first = archive(tmp_path).candidates("test", ["main"], "amd64", archive_service.mirror)
    asked = len(archive_service.answers)
    assert archive(tmp_path).candidates("test", ["main"], "amd64", archive_service.mirror) == first
    assert len(archive_service.answers) == asked == 6


def test_tasks_that_ask_at_the_same_moment_ask_once(archive_service: ArchiveService, tmp_path: Path) -> None:
    archive_service.open.clear()

    def look(_: int) -> object:
        return archive(tmp_path).candidates("test", ["main"], "amd64", archive_service.mirror)

    with ThreadPoolExecutor(4) as pool:
        looks = [pool.submit(look, number) for number in range(4)]
        while not archive_service.answers:
            time.sleep(0.01)
        # Long enough for the others to ask, too, if they did.
        time.sleep(0.5)
        archive_service.open.set()
        found = [look.result() for look in looks]
    assert all(one == found[0] for one in found)
    assert len(archive_service.answers) == len(set(archive_service.answers)) == 6


def test_a_task_that_hangs_with_the_lock_does_not_hold_up_the_others(
    archive_service: ArchiveService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive(tmp_path).release_time("test", archive_service.mirror)
    age(tmp_path)
    monkeypatch.setattr(debian_fetch, "PATIENCE_SECONDS", 0.1)
    with ExitStack() as held:
        for path in (tmp_path / "cache" / "releases").glob("*.lock"):
            held.enter_context(one_at_a_time(path, 0))
        assert archive(tmp_path).release_time("test", archive_service.mirror)


def test_a_mended_mirror_is_seen_at_once(archive_service: ArchiveService, tmp_path: Path) -> None:
    archive_service.replace[INRELEASE] = b"not signed"
    with pytest.raises(IntegrityError):
        archive(tmp_path).release_time("test", archive_service.mirror)
    archive_service.replace.clear()
    assert archive(tmp_path).release_time("test", archive_service.mirror)


def test_an_archive_that_moved_on_between_two_files_is_read_anew(
    archive_service: ArchiveService, tmp_path: Path
) -> None:
    archive_service.night = 1
    archive(tmp_path).release_time("bookworm", archive_service.mirror)
    archive_service.night = 3
    with pytest.raises(IntegrityError, match="not what InRelease lists"):
        archive(tmp_path).candidates("bookworm", ["main"], "amd64", archive_service.mirror)
    found = archive(tmp_path).candidates("bookworm", ["main"], "amd64", archive_service.mirror)
    assert found["tiny-greeting"] == "1.0-2"
