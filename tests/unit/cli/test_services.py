"""Which environment a command runs in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from golden_images.cli.services import load_environment
from golden_images.errors import UsageError


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AIRFLOW_HOME", "GOLDEN_IMAGES_STATE", "GI_A", "GI_B", "GI_C"):
        # Set first, so that what the code under test sets is undone, too.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def write(folder: Path, text: str = "GI_A=from the file\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "airflow.env").write_text(text)
    return folder / "airflow.env"


def test_the_local_stacks_environment_is_taken_over(tmp_path: Path) -> None:
    write(tmp_path / ".state", "# a comment\n\nGI_A=a=b\nexport GI_B='quoted text'\nGI_C=\nno assignment\n")
    load_environment(tmp_path, None)
    assert (os.environ["GI_A"], os.environ["GI_B"], os.environ["GI_C"]) == ("a=b", "quoted text", "")


def test_what_is_set_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GI_A", "mine")
    write(tmp_path / ".state")
    load_environment(tmp_path, None)
    assert os.environ["GI_A"] == "mine"


def test_a_shell_that_belongs_to_an_airflow_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", "/somewhere")
    file = write(tmp_path / ".state")
    load_environment(tmp_path, None)
    assert "GI_A" not in os.environ
    load_environment(tmp_path, file)
    assert os.environ["GI_A"] == "from the file"


def test_the_state_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "elsewhere")
    monkeypatch.setenv("GOLDEN_IMAGES_STATE", str(tmp_path / "elsewhere"))
    load_environment(tmp_path, None)
    assert os.environ["GI_A"] == "from the file"


def test_no_local_stack_is_fine_and_a_file_that_was_named_is_needed(tmp_path: Path) -> None:
    load_environment(tmp_path, None)
    with pytest.raises(UsageError, match="cannot be read"):
        load_environment(tmp_path, tmp_path / "missing.env")
