from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from golden_images.operators.workspace import workspace


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_temporary_files_of_the_task_and_its_children_are_inside() -> None:
    with workspace("dag/run/task") as folder:
        assert Path(tempfile.mkdtemp()).parent == folder
        asked = [sys.executable, "-c", "import tempfile; print(tempfile.gettempdir())"]
        assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip() == str(folder)
    assert not folder.exists()


def test_next_try_removes_what_a_killed_one_left(temporary: Path) -> None:
    code = (
        "import os, sys, tempfile; from golden_images.operators.workspace import workspace\n"
        "with workspace('dag/run/task'): tempfile.mkdtemp(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(temporary)}, check=False)
    (left,) = temporary.iterdir()
    assert list(left.iterdir()), "the killed try left nothing to remove"
    with workspace("dag/run/task") as folder:
        assert folder == left
        assert list(folder.iterdir()) == []
    assert list(temporary.iterdir()) == []


def test_two_tasks_do_not_share(temporary: Path) -> None:
    with workspace("dag/run/sbom") as first:
        tempfile.tempdir = str(temporary)
        with workspace("dag/run/test") as second:
            assert first != second
            assert first.exists()
