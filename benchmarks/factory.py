"""``make bench-factory``: what definitions cost Airflow, beside dag-factory making the same DAGs.

Each measurement is a process of its own. dag-factory lives in an environment of its own below the
state folder and is no dependency of the project; it gets the same Airflow.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import factory_projects
from benchmarks.report import conclude, table
from local import debian, venv
from local.console import LocalError, Step, main, say, step
from local.environment import child_environment
from local.setup import state_folder
from local.stack import database
from local.stack.stack import ROOT
from local.stack.state import State

SIZES = tuple(int(size) for size in os.environ.get("SIZES", "100,1000,3000").split(","))
REPETITIONS = int(os.environ.get("REPETITIONS", "3"))
DAG_FACTORY = "dag-factory==1.1.0"
#: Airflow's defaults: dagbag_import_timeout and dag_file_processor_timeout, seconds.
IMPORT_LIMIT, FILE_LIMIT = 30.0, 50.0
#: The size whose costs the goals name, and how much quicker than dag-factory it shall be.
COUNT, FASTER = 1000, 5.0
FASTER_WITH_SERIALISING = 4.0
#: A task may start so much later with the most definitions than with the fewest.
SAME_START = 1.25
_PROBE = ROOT / "benchmarks" / "factory_probe.py"


def factory() -> int:
    python = _dag_factory()
    rows: list[dict[str, Any]] = []
    theirs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="golden-images-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        state = State(folder / "state")
        state.prepare()
        try:
            with step("PostgreSQL") as progress:
                database.ensure(state, progress)
            for size in SIZES:
                with step(f"{size} definitions"):
                    rows.append(_ours(folder, state, size))
                with step(f"{size} definitions with dag-factory"):
                    theirs.append(_theirs(folder, python, size))
        finally:
            database.stop(state)
    return _report(rows, theirs)


def _ours(folder: Path, state: State, size: int) -> dict[str, Any]:
    files = factory_projects.ours(folder / f"ours-{size}", size)
    file = files[0]
    environment = _environment(folder, ROOT / "plugins", state, file.parent)
    parsed = _together([_median(sys.executable, environment, "parse", str(one)) for one in files])
    dag = f"golden_images.{factory_projects.name(size - 1)}"
    task = _median(sys.executable, environment, "task", str(file), dag)
    subprocess.run(
        [sys.executable, "-m", "airflow", "db", "reset", "--yes"],
        env=environment, check=True, capture_output=True, timeout=600,
    )  # fmt: skip
    cycle = _probe(sys.executable, environment, "cycle", str(file.parent))
    return {"size": size, **parsed, "task": task["task"], "cycle": cycle}


def _together(files: list[dict[str, Any]]) -> dict[str, Any]:
    """Limits are a file's, so wall-clock time and memory are those of the slowest and the largest."""
    sums = {
        key: sum(one[key] for one in files)
        for key in ("dags", "tasks", "bytes", "parse_cpu", "serialise_cpu")
    }
    worst = {key: max(one[key] for one in files) for key in ("parse", "serialise", "megabytes")}
    return {"files": len(files), **sums, **worst}


def _theirs(folder: Path, python: str, size: int) -> dict[str, Any]:
    file = factory_projects.dag_factory(folder / f"theirs-{size}", size)
    environment = _environment(folder, folder / "no-plugins", None, file.parent)
    environment.pop("PYTHONPATH")
    once = size > COUNT
    parsed = _median(python, environment, "parse", str(file), times=1 if once else REPETITIONS)
    task = _probe(python, environment, "task", str(file), factory_projects.name(size - 1))
    return {"size": size, **parsed, "task": task["task"]}


def _median(python: str, environment: dict[str, str], *arguments: str, times: int = REPETITIONS) -> Any:
    answers = [_probe(python, environment, *arguments) for _ in range(times)]
    numbers = {key for key, value in answers[0].items() if isinstance(value, int | float)}
    return answers[0] | {key: statistics.median(one[key] for one in answers) for key in numbers}


def _probe(python: str, environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [python, str(_PROBE), *arguments], check=False,
        env=environment, cwd=environment["AIRFLOW_HOME"], capture_output=True, text=True, timeout=1800,
    )  # fmt: skip
    if done.returncode:
        raise LocalError(f"failed: {' '.join(arguments)}", cause=done.stderr[-2000:])
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if answer.get("errors"):
        raise LocalError(f"errors: {' '.join(arguments)}", cause=str(answer["errors"])[:2000])
    return answer


def _environment(folder: Path, plugins: Path, state: State | None, dags: Path) -> dict[str, str]:
    home = folder / "airflow"
    home.mkdir(exist_ok=True)
    environment = {
        **child_environment(),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(plugins),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # What takes longer than the default is to be measured, too; the goal compares with the default.
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "1500",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "PYTHONPATH": f"{plugins}{os.pathsep}{ROOT}",
        # dag-factory would tell its makers.
        "DO_NOT_TRACK": "1",
    }
    if state is not None:
        # The cycle keeps all of Airflow's own limits.
        environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = database.url(state, "airflow")
        environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"] = database.url(state, "airflow")
        environment["AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT"] = str(IMPORT_LIMIT)
    return environment


def _dag_factory() -> str:
    folder = state_folder() / "bench-dag-factory"
    python = folder / "bin" / "python"
    if importlib.util.find_spec("airflow") is None:
        raise LocalError("there is no Airflow here", remedy="make setup")
    wanted = [DAG_FACTORY, f"apache-airflow=={version('apache-airflow')}"]
    stamp = folder / ".wanted"
    if not stamp.exists() or stamp.read_text() != " ".join(wanted):
        with step(f"{DAG_FACTORY} in an environment of its own") as progress:
            uv = _uv(progress)
            environment = venv.uv_environment(os.environ, venv.pip_settings())
            for command in (
                [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)],
                [uv, "pip", "install", "--quiet", "--python", str(python), *wanted],
            ):
                subprocess.run(command, env=environment, check=True, timeout=900)
            stamp.write_text(" ".join(wanted))
    return str(python)


def _uv(progress: Step) -> str:
    """Set-up makes none for an environment that it finds ready, nor what making one needs of Debian."""
    state = state_folder()
    if venv.find_uv(state / "uv") is None and (needs := debian.missing(tests=False, need_pip=True)):
        debian.install(needs, state / "log/setup.log", progress)
        importlib.invalidate_caches()
    return venv.uv_of(state, progress)


def _report(rows: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> int:
    say(
        f"\nmedian of {REPETITIONS}; seconds, in a process of its own for each file, the slowest file's (CPU "
        "of all files, and task start: of CPU time, which others on the machine do not change); megabytes "
        "at the peak\n"
    )
    head = (
        "definitions",
        "files",
        "parse",
        "its CPU",
        "serialise",
        "MB",
        "task start",
        "new DAGs' round",
        "next round",
        "its file",
    )
    lines = [_line("golden-images", row) for row in rows] + [_line("dag-factory", row) for row in theirs]
    table(head, lines)
    say(f"\nAirflow's limits: {IMPORT_LIMIT:.0f} s to import a file, {FILE_LIMIT:.0f} s to process it\n")
    goal = {
        "import_of_limit": "< 0.5 at 1,000",
        "file_of_limit": "< 0.5 at 1,000",
        "faster_than_dag_factory": f">= {FASTER:.0f} at 1,000",
        "faster_with_serialising": f">= {FASTER_WITH_SERIALISING:.0f} at 1,000",
        "task_start_growth": f"<= {SAME_START}",
        "no_time_out": "all definitions are DAGs",
    }
    at = next((number for number, row in enumerate(rows) if row["size"] == COUNT), len(rows) - 1)
    row, other = rows[at], theirs[at]
    ratio = {
        "import_of_limit": row["parse"] / IMPORT_LIMIT,
        "file_of_limit": row["cycle"]["again_file"] / FILE_LIMIT,
        "faster_than_dag_factory": other["parse_cpu"] / row["parse_cpu"],
        "faster_with_serialising": _cpu(other) / _cpu(row),
        "task_start_growth": rows[-1]["task"] / rows[0]["task"],
    }
    whole = all(one["cycle"]["again_dags"] >= one["size"] for one in rows)
    holds = whole and ratio["import_of_limit"] < 0.5 and ratio["file_of_limit"] < 0.5
    holds = holds and ratio["faster_than_dag_factory"] >= FASTER and ratio["task_start_growth"] <= SAME_START
    holds = holds and ratio["faster_with_serialising"] >= FASTER_WITH_SERIALISING
    return conclude(
        "factory",
        measured={str(one["size"]): _numbers(one) for one in rows} | {"no_time_out": whole},
        baseline={str(one["size"]): _numbers(one) for one in theirs},
        ratio=ratio,
        goal=goal,
        holds=holds,
    )


def _cpu(row: dict[str, Any]) -> float:
    """Parsing and serialising: Airflow's own share of the second is the same on both sides."""
    return float(row["parse_cpu"] + row["serialise_cpu"])


def _line(maker: str, row: dict[str, Any]) -> tuple[object, ...]:
    cycle = row.get("cycle", {})
    rounds = (cycle.get("first"), cycle.get("again"), cycle.get("again_file"))
    costs = (
        row.get("files", 1),
        row["parse"],
        row["parse_cpu"],
        row["serialise"],
        round(row["megabytes"]),
        row["task"],
    )
    return (f"{row['size']}, {maker}", *costs, *rounds)


def _numbers(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in {"size", "errors"}}


if __name__ == "__main__":
    # What was started is stopped, however this ends.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    main(factory)
