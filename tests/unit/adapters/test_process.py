"""Tools as child processes: lines, time-outs, clean ends, a clean environment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from golden_images.adapters import process
from golden_images.errors import ToolError

ROOT = Path(__file__).parents[3]


def eventually(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "this never came true"
        time.sleep(0.02)


def gone(pid: int) -> bool:
    """Dead, or a zombie that only waits for its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def sh(script: str, **more: object) -> process.Outcome:
    return process.run(["sh", "-c", script], timeout_seconds=30, **more)  # type: ignore[arg-type]


def test_lines_of_both_streams_come_in_order_and_the_code_last() -> None:
    lines: list[str] = []
    outcome = sh("echo one; echo two >&2; printf '1%%\\r2%%\\n'; printf end; exit 3", log=lines.append)
    assert lines == ["one", "two", "2%", "end"]
    assert outcome == process.Outcome(3, ("one", "two", "2%", "end"))


def test_a_line_is_handed_over_before_the_tool_goes_on(tmp_path: Path) -> None:
    def log(line: str) -> None:
        if line == "waiting":
            (tmp_path / "go").touch()

    # It ends only because its line was seen while it ran.
    outcome = sh(f"echo waiting; while [ ! -e {tmp_path}/go ]; do sleep 0.01; done; echo went", log=log)
    assert outcome.tail == ("waiting", "went")


def test_the_last_lines_are_kept() -> None:
    assert sh("seq 50").tail == tuple(str(number) for number in range(31, 51))


def test_stdout_can_go_to_a_file(tmp_path: Path) -> None:
    outcome = sh("echo report; echo progress >&2", stdout=tmp_path / "report")
    assert (tmp_path / "report").read_text() == "report\n"
    assert outcome.tail == ("progress",)


@pytest.mark.parametrize("stream", ["", ">&2"])
@pytest.mark.parametrize("to_file", [True, False])
def test_a_tool_that_writes_without_end_is_ended(tmp_path: Path, stream: str, to_file: bool) -> None:
    # No line ever ends, so nothing of it is told either.
    script = f"echo $$ > {tmp_path}/pid; exec tr '\\0' x </dev/zero {stream}"
    with pytest.raises(ToolError, match="wrote more than 1000000 bytes"):
        sh(script, stdout=tmp_path / "report" if to_file else None, limit_bytes=1_000_000)
    assert gone(int((tmp_path / "pid").read_text()))


def test_what_is_within_its_limit_is_whole(tmp_path: Path) -> None:
    sh("seq 1000; echo progress >&2", stdout=tmp_path / "report", limit_bytes=4000)
    assert (tmp_path / "report").read_text().splitlines()[-1] == "1000"
    with pytest.raises(ToolError, match="wrote more than 3000 bytes"):
        sh("seq 1000", stdout=tmp_path / "report", limit_bytes=3000)


def test_a_tool_sees_no_secret_of_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("LANG", "C.UTF-8")
    seen = {line.partition("=")[0] for line in sh("env", env=process.environment(OWN="1")).tail}
    assert {"PATH", "LANG", "OWN"} <= seen
    assert not {"AIRFLOW__CORE__FERNET_KEY", "AWS_SECRET_ACCESS_KEY"} & seen


def test_a_time_out_ends_the_whole_group(tmp_path: Path) -> None:
    script = f"sleep 1000 & echo $! > {tmp_path}/pid; echo hung; wait"
    with pytest.raises(ToolError, match="did not finish within 1 seconds") as caught:
        process.run(["sh", "-c", script], timeout_seconds=1)
    assert "hung" in caught.value.cause
    eventually(lambda: gone(int((tmp_path / "pid").read_text())))


def test_a_tool_that_ignores_the_request_to_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "GRACE_SECONDS", 0.2)
    script = f"trap '' TERM; echo $$ > {tmp_path}/pid; while :; do sleep 0.05; done"
    with pytest.raises(ToolError, match="did not finish"):
        process.run(["sh", "-c", script], timeout_seconds=1)
    eventually(lambda: gone(int((tmp_path / "pid").read_text())))


def test_an_interruption_ends_the_tool(tmp_path: Path) -> None:
    def log(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sh(f"echo $$ > {tmp_path}/pid; echo ready; sleep 1000", log=log)
    eventually(lambda: gone(int((tmp_path / "pid").read_text())))


def test_a_grandchild_that_holds_the_output_does_not_hold_the_caller(tmp_path: Path) -> None:
    outcome = sh(f"sleep 1000 & echo $! > {tmp_path}/pid; echo done")
    assert outcome == process.Outcome(0, ("done",))
    eventually(lambda: gone(int((tmp_path / "pid").read_text())))


def test_the_tool_ends_with_a_caller_that_was_killed(tmp_path: Path) -> None:
    script = (
        "from golden_images.adapters import process\n"
        f"process.run(['sh', '-c', 'echo $$ > {tmp_path}/pid; echo ready; exec sleep 1000'],\n"
        "    timeout_seconds=60, log=lambda line: print(line, flush=True))"
    )
    caller = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT / "plugins")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert caller.stdout is not None
    assert caller.stdout.readline() == "ready\n"
    caller.send_signal(signal.SIGKILL)
    caller.wait()
    caller.stdout.close()
    eventually(lambda: gone(int((tmp_path / "pid").read_text())))


def test_it_works_beside_other_threads() -> None:
    codes: list[int] = []
    threads = [threading.Thread(target=lambda: codes.append(sh("exit 4").code)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [4] * 5


def test_a_missing_tool_is_named_with_its_package() -> None:
    with pytest.raises(ToolError, match="no-such-tool is not installed") as caught:
        process.find("no-such-tool", "the Debian package no-such-package")
    assert "no-such-package" in caught.value.remedy
    assert not caught.value.retryable


def test_a_signal_is_named() -> None:
    error = process.crashed("sh", "it failed", sh("kill -9 $$"))
    assert "ended by SIGKILL" in error.cause
