"""Lanes: side by side, each command's output whole, every failure told, nothing left after Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from local.lanes import Check, Lane, run


def python(name: str, code: str) -> Check:
    return name, [sys.executable, "-c", code]


def lane(folder: Path, *checks: Check) -> Lane:
    return Lane(checks, folder, dict(os.environ), folder / f"{checks[0][0]}.log")


def test_all_commands_run_and_those_that_failed_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = lane(tmp_path, python("bad", "print('no'); raise SystemExit(1)"), python("good", "print('yes')"))
    second = lane(tmp_path, python("worse", "import sys; sys.exit('never')"))
    assert run([first, second]) == ["bad", "worse"]
    told = capsys.readouterr().out
    for block in ("--- bad\nno\n", "--- good\nyes\n", "--- worse\nnever\n"):
        assert block in told


def test_lanes_run_side_by_side(tmp_path: Path) -> None:
    """Each waits for the other: one after the other they would never end."""
    meet = (
        "import pathlib, time; pathlib.Path('{0}').touch()\n"
        "while not pathlib.Path('{1}').exists(): time.sleep(0.01)"
    )
    lanes = [
        lane(tmp_path, python("a", meet.format("a", "b"))),
        lane(tmp_path, python("b", meet.format("b", "a"))),
    ]
    assert run(lanes) == []


def test_ctrl_c_reaches_every_lane_and_waits_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes at its worst: the last command runs, and its lane does not know of it yet."""
    began, start = tmp_path / "began", subprocess.Popen
    os.mkfifo(began)
    code = (
        "import pathlib, time\ntry:\n  open('began', 'w').close()\n  time.sleep(60)\n"
        "except KeyboardInterrupt: pathlib.Path('{0}.ended').touch()"
    )
    lanes = [lane(tmp_path, python(name, code.format(name)), python("next", "")) for name in ("a", "b")]
    started: list[subprocess.Popen[bytes]] = []

    def popen(command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
        started.append(start(command, **options))
        began.read_text()
        if len(started) == len(lanes):
            os.kill(os.getpid(), signal.SIGINT)
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", popen)
    with pytest.raises(KeyboardInterrupt):
        run(lanes)
    assert sorted(path.name for path in tmp_path.glob("*.ended")) == ["a.ended", "b.ended"]
    assert [process.returncode for process in started] == [0, 0]
