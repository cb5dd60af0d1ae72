"""Lanes: side by side, each command's output whole, every failure told, nothing left after Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

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


def test_ctrl_c_reaches_every_lane_and_waits_for_them(tmp_path: Path) -> None:
    code = (
        "import pathlib, time\npathlib.Path('{0}.began').touch()\n"
        "try: time.sleep(60)\nexcept KeyboardInterrupt: pathlib.Path('{0}.ended').touch()"
    )
    lanes = [lane(tmp_path, python(name, code.format(name)), python("next", "")) for name in ("a", "b")]

    def interrupt() -> None:
        while len(list(tmp_path.glob("*.began"))) < 2:
            pass
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run(lanes)
    thread.join()
    assert sorted(path.name for path in tmp_path.glob("*.ended")) == ["a.ended", "b.ended"]
