"""Which environment a command runs in."""

from __future__ import annotations

import os
import subprocess
import sys
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


def test_what_a_shell_reads_is_read_alike(tmp_path: Path) -> None:
    write(tmp_path / ".state", "export GI_A='{\"a\": \"it'\"'\"'s\"}'\nexport GI_B='broken\n")
    with pytest.raises(UsageError, match="cannot be read"):
        load_environment(tmp_path, None)
    assert os.environ["GI_A"] == '{"a": "it\'s"}'


@pytest.mark.parametrize("stack", [True, False])
@pytest.mark.parametrize(
    "command",
    [
        ("backfill", "nginx", "--from", "2026-10-01", "--to", "2026-11-01", "--dry-run"),
        ("list",),
        ("check",),
    ],
)
def test_no_command_leaves_an_airflow_in_the_users_home(
    tmp_path: Path, stack: bool, command: tuple[str, ...]
) -> None:
    state, home = tmp_path / "state", tmp_path / "home"
    home.mkdir()
    if stack:
        write(
            state,
            f"export AIRFLOW_HOME='{state}/airflow'\n"
            "export AIRFLOW_CONN_GOLDEN_IMAGES_CATALOG='"
            f'{{"conn_type": "sqlite", "host": "{state}/catalog.db"}}\'\n',
        )
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "GOLDEN_IMAGES_STATE": str(state)}
    done = subprocess.run(
        [sys.executable, "-m", "golden_images.cli", *command],
        cwd=Path(__file__).parents[3],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert list(home.iterdir()) == []
    if stack and "backfill" in command:
        assert (state / "airflow/airflow.db").exists(), "it is the stack's Airflow that was asked"


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
