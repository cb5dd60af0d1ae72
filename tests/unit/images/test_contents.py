"""What a context holds, file by file."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile

import pytest

from golden_images.images import contents, context
from golden_images.images.contents import Contents


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text("def test_it(): pass\n")
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "run").write_text("#!/bin/sh\n")
    (tmp_path / "run").chmod(0o755)
    (tmp_path / "link").symlink_to("run")
    (tmp_path / "empty").mkdir()
    return tmp_path


def test_a_folder_and_its_archive_hold_the_same(folder: Path) -> None:
    with TemporaryFile() as file:
        context.archive(folder, file)
        file.seek(0)
        assert contents.of_archive(file) == contents.of_folder(folder)


def test_the_suite_is_split_off_and_a_root_base_is_made_from_nothing(folder: Path) -> None:
    found = contents.of_folder(folder)
    build, tests = contents.split(found, "tests", bootstrap=False)
    assert set(tests.files) == {"tests", "tests/test_it.py"}
    assert set(build.files) == {"Dockerfile", "run", "link", "empty"}
    assert contents.split(found, "tests", bootstrap=True) == (Contents({}), found)


def test_mode_link_content_and_an_empty_folder_count(folder: Path) -> None:
    digests = {contents.of_folder(folder).digest}
    (folder / "run").chmod(0o644)
    digests.add(contents.of_folder(folder).digest)
    (folder / "link").unlink()
    (folder / "link").symlink_to("Dockerfile")
    digests.add(contents.of_folder(folder).digest)
    (folder / "empty").rmdir()
    digests.add(contents.of_folder(folder).digest)
    (folder / "Dockerfile").write_text("FROM other\n")
    digests.add(contents.of_folder(folder).digest)
    assert len(digests) == 5


def test_changes_are_told_by_path(folder: Path) -> None:
    before = contents.of_folder(folder)
    (folder / "Dockerfile").write_text("FROM other\n")
    (folder / "run").unlink()
    (folder / "link").unlink()
    (folder / "new").mkdir()
    (folder / "new" / "file").write_text("")
    told = contents.of_folder(folder).changed(before)
    assert told == ["Dockerfile", "link removed", "new/file added", "run removed"]
    assert Contents({}).digest == ""
