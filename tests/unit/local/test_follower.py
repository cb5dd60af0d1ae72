"""The demo's follower against Airflow's answers, step by step."""

from __future__ import annotations

import io
from typing import Any

import pytest

from local.follow.follower import Follower
from local.follow.images import Ending, Image
from local.follow.notes import latest
from local.follow.view import View


class FakeAirflow:
    """Runs by DAG, oldest first. ``trigger`` makes one, ``wake`` does what an asset event would."""

    def __init__(self) -> None:
        self.content: dict[str, list[dict[str, Any]]] = {}
        self.tasks: dict[str, dict[str, str]] = {}
        self.xcoms: dict[tuple[str, str], dict[str, str]] = {}
        self.triggered: list[str] = []

    def _add(self, dag_id: str, run_type: str, state: str = "running") -> str:
        runs = self.content.setdefault(dag_id, [])
        run_id = f"{run_type}-{dag_id}-{len(runs)}"
        runs.append({"dag_run_id": run_id, "state": state, "run_type": run_type})
        return run_id

    def trigger(self, dag_id: str) -> str:
        self.triggered.append(dag_id)
        return self._add(dag_id, "manual")

    def wake(self, dag_id: str) -> str:
        return self._add(dag_id, "asset_triggered")

    def end(
        self, dag_id: str, state: str = "success", *, why: str = "new", released: str = "yes", **tasks: str
    ) -> None:
        run = next(run for run in self.content[dag_id] if run["state"] == "running")
        run |= {"state": state, "start_date": "2026-01-01T00:00:00Z", "end_date": "2026-01-01T00:00:42Z"}
        run_id = run["dag_run_id"]
        self.tasks[run_id] = tasks or {"resolve": "success", "release": "success"}
        self.xcoms[run_id, "resolve"] = {"why": why, "reason": f"{why}: because"}
        self.xcoms[run_id, "release"] = {"released": released}

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        return next(run for run in self.content[dag_id] if run["dag_run_id"] == run_id)

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        return list(reversed(self.content.get(dag_id, [])))

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str]:
        return self.tasks.get(run_id, {"resolve": "running"})

    def xcom(self, dag_id: str, run_id: str, task_id: str) -> Any:
        return self.xcoms[run_id, task_id]


ROOT, CHILD = "golden_images.base", "golden_images.web"


@pytest.fixture
def airflow() -> FakeAirflow:
    return FakeAirflow()


def follow(airflow: FakeAirflow, **options: float) -> Follower:
    follower = Follower(airflow, {"base": Image("base", None), "web": Image("web", "base")}, **options)
    follower.begin()
    return follower


def endings(follower: Follower) -> list[Ending | None]:
    return [image.ending for image in follower.images.values()]


def test_only_the_root_is_triggered_and_the_child_is_woken_by_its_asset(airflow) -> None:
    follower = follow(airflow)
    follower.tick()
    assert airflow.triggered == [ROOT]
    airflow.end(ROOT)
    follower.tick()
    assert endings(follower) == [Ending.RELEASED, None]
    airflow.wake(CHILD)
    follower.tick()
    airflow.end(CHILD)
    follower.tick()

    assert follower.done
    assert airflow.triggered == [ROOT]
    assert endings(follower) == [Ending.RELEASED, Ending.RELEASED]
    assert follower.images["web"].seconds == 42


def test_a_child_whose_parent_released_nothing_is_triggered(airflow) -> None:
    follower = follow(airflow)
    airflow.end(ROOT, why="unchanged", resolve="skipped", release="skipped")
    follower.tick()
    follower.tick()
    airflow.end(CHILD, why="unchanged", resolve="skipped", release="skipped")
    follower.tick()

    assert airflow.triggered == [ROOT, CHILD]
    assert endings(follower) == [Ending.UNCHANGED, Ending.UNCHANGED]


def test_an_identical_result_counts_as_unchanged(airflow) -> None:
    follower = follow(airflow)
    airflow.end(ROOT, released="no")
    follower.tick()

    assert follower.images["base"].ending is Ending.UNCHANGED


def test_a_failed_base_blocks_its_children(airflow) -> None:
    follower = follow(airflow)
    airflow.end(ROOT, "failed", resolve="success", build="failed", release="upstream_failed")
    follower.tick()

    assert endings(follower) == [Ending.FAILED, Ending.BLOCKED]
    assert follower.images["base"].failed_tasks == ["build"]
    assert airflow.triggered == [ROOT]


def test_an_asset_that_wakes_nobody_is_a_failure_after_a_while(airflow) -> None:
    follower = follow(airflow, wake_seconds=-1)
    airflow.end(ROOT)
    follower.tick()

    assert endings(follower) == [Ending.RELEASED, Ending.FAILED]
    assert "woke no run of golden_images.web" in follower.images["web"].reason


def test_a_run_under_way_is_followed_instead_of_triggering_another(airflow) -> None:
    running = airflow.wake(ROOT)
    follower = follow(airflow)

    assert airflow.triggered == []
    assert follower.images["base"].run_id == running


def test_runs_of_before_are_not_taken_for_the_woken_one(airflow) -> None:
    airflow.wake(CHILD)
    airflow.end(CHILD)
    follower = follow(airflow)
    airflow.end(ROOT)
    follower.tick()

    assert endings(follower) == [Ending.RELEASED, None]


def test_a_superseded_run_hands_over_to_the_newer_one(airflow) -> None:
    follower = follow(airflow)
    airflow.end(ROOT)
    airflow.wake(CHILD)
    follower.tick()
    airflow.end(CHILD, why="superseded", resolve="skipped", release="skipped")
    airflow.wake(CHILD)
    follower.tick()
    assert endings(follower) == [Ending.RELEASED, None]
    airflow.end(CHILD)
    follower.tick()

    assert endings(follower) == [Ending.RELEASED, Ending.RELEASED]


def test_without_a_terminal_each_change_is_one_line() -> None:
    stream, image = io.StringIO(), Image("base", None, run_id="r")
    view = View(stream, ("resolve", "build"))
    for tasks in ({"resolve": "running", "build": "none"}, {"resolve": "success", "build": "running"}):
        image.tasks = tasks
        view.show([image])
        view.show([image])
    image.ending, image.reason = Ending.RELEASED, "new"
    view.show([image])

    changes = [line.split("s  ", 1)[1].split() for line in stream.getvalue().splitlines()]
    assert changes == [
        ["base", "resolve", "running"],
        ["base", "resolve", "success"],
        ["base", "build", "running"],
        ["base", "released", "(new)"],
    ]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_each_image_is_one_line_and_the_cursor_comes_back(monkeypatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "50")
    stream, image = Terminal(), Image("base", None, run_id="r", tasks={"build": "running"})
    image.note = "[bold]Unpacking[/bold] a package whose name has no end"

    def shown() -> None:
        with View(stream, ("resolve", "build")) as view:
            view.show([image, Image("web", "base")])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shown()
    hide, frame = stream.getvalue().split("\x1b[?25h")[0].split("\x1b[?25l")
    assert not hide
    lines = [line for line in frame.rsplit("\x1b[2K", 1)[-1].splitlines() if line.strip()]
    assert [line.split()[0] for line in lines] == ["base", "web", "0"]
    assert "▶ build   [bold]Unpacking" in lines[0]
    assert lines[0].rstrip().endswith("…")
    assert all(len(line) <= 50 for line in lines)
    assert "waits for its base" in lines[1]


def test_the_running_task_s_last_line_is_the_note(tmp_path) -> None:
    image = Image("base", None, run_id="r", tasks={"resolve": "success", "build": "running"})
    folder = tmp_path / "dag_id=golden_images.base/run_id=r/task_id=build"
    folder.mkdir(parents=True)
    (folder / "attempt=9.log").write_text('{"event": "old"}\n')
    (folder / "attempt=10.log").write_text('{"event": "one"}\n{"event": "Unpacking tzdata"}\n')

    assert latest(tmp_path, image) == "Unpacking tzdata"
    image.tasks["build"] = "success"
    assert latest(tmp_path, image) == ""


def test_a_long_silence_shows_what_is_at_work(monkeypatch) -> None:
    monkeypatch.setattr("local.follow.view._HEARTBEAT", -1)
    stream, image = io.StringIO(), Image("base", None, run_id="r", tasks={"build": "running"})
    view = View(stream, ("build",))
    view.show([image])
    image.note = "Unpacking tzdata"
    view.show([image])

    assert stream.getvalue().splitlines()[-1].endswith("build    still at work  Unpacking tzdata")
