"""``make test``: side by side, each check's output whole, every failure told, nothing left after Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local import checks

CHECKS = ("airflow", "ruff", "format", "mypy", "mypy-local", "contracts", "tests")


class Tools:
    """A folder of commands in place of the real ones; each writes down how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.called = folder / "called.txt"
        for name in ("ruff", "mypy", "lint-imports", "pytest"):
            self.make(name, "")

    def make(self, name: str, code: str) -> None:
        text = f"import os, pathlib, sys, time\nopen({str(self.called)!r}, 'a').write(NAME + '\\n')\n{code}\n"
        path = self.folder / name
        path.write_text(f"#!{sys.executable}\nNAME = {name!r}\n{text}")
        path.chmod(0o755)

    def run(self) -> list[str]:
        return checks.run(self.folder / "python", self.folder / "failed.txt", dict(os.environ))


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return Tools(tmp_path)


def test_all_checks_run_and_those_that_failed_are_named(tools: Tools, capfd) -> None:
    tools.make("ruff", "print('one'); time.sleep(0.2); print('two'); sys.exit(len(sys.argv) == 3)")
    tools.make("pytest", "print('MAKEFLAGS' in os.environ); sys.exit('not airflow' in sys.argv)")
    assert sorted(tools.run()) == ["check-ruff", "check-tests"]
    assert len(tools.called.read_text().split()) == len(CHECKS)
    told = capfd.readouterr().out
    for check in CHECKS:
        assert f"--- check-{check}\n" in told
    assert "--- check-ruff\none\ntwo\n" in told
    assert "True" not in told, "a test that calls make would take our flags for its own"
    tools.make("ruff", "")
    tools.make("pytest", "")
    assert tools.run() == []


def test_checks_run_side_by_side(tools: Tools) -> None:
    """Each waits for the other: one after the other they would never end."""
    meet = (
        "mine, other = ('a', 'b') if 'airflow' in sys.argv else ('b', 'a')\n"
        f"folder = pathlib.Path({str(tools.folder)!r}); (folder / mine).touch()\n"
        "while not (folder / other).exists(): time.sleep(0.01)"
    )
    tools.make("pytest", meet)
    assert tools.run() == []


def test_ctrl_c_reaches_every_check_and_waits_for_them(tools: Tools, monkeypatch) -> None:
    """It comes at its worst: make runs, and nobody knows of it yet."""
    start = subprocess.Popen
    work = (
        f"folder = pathlib.Path({str(tools.folder)!r})\n"
        "try:\n  (folder / f'{NAME}.began').touch(); time.sleep(60)\n"
        "except KeyboardInterrupt:\n  time.sleep(0.3); (folder / f'{NAME}.ended').touch()"
    )
    tools.make("pytest", work)
    tools.make("ruff", work)
    started: list[subprocess.Popen[bytes]] = []

    def popen(*arguments, **options) -> subprocess.Popen[bytes]:
        started.append(start(*arguments, **options))
        while len(list(tools.folder.glob("*.began"))) < 2:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", popen)
    with pytest.raises(KeyboardInterrupt):
        tools.run()
    assert sorted(path.stem for path in tools.folder.glob("*.ended")) == ["pytest", "ruff"]
    assert started[0].returncode is not None


def test_a_make_that_cannot_run_them_is_no_success(tools: Tools, monkeypatch) -> None:
    monkeypatch.setattr(checks, "ROOT", tools.folder)
    with pytest.raises(checks.LocalError, match="did not run the checks"):
        tools.run()
