"""``make bench-overhead``: one image through the pipeline, against a plain shell script.

Cold: an image that is new to the registry, so nothing of it is cached and all evidence is made; both
sides build without the engine's cache on the same base digest. Unchanged: a run of the same image
right after. CPU time is that of the stack's own processes, less what they need while idle. To a cold run
belongs what the engine does for it, the same as for the shell script: the least of all repetitions of
both sides, since what others do with the engine can only add to it.
"""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.cpu import Meter
from benchmarks.report import conclude, table
from benchmarks.stack import BASE, IMAGE, context, private_stack, run
from benchmarks.tasks import shares
from golden_images.adapters.registry import client_from
from local.console import main, say
from local.environment import child_environment
from local.stack import airflow
from local.stack.stack import ROOT, Stack

REPETITIONS = int(os.environ.get("REPETITIONS", "3"))
IDLE_SECONDS = 30.0
COLD_GOAL, UNCHANGED_GOAL = 1.3, 1 / 20


@dataclass(frozen=True)
class Cost:
    wall: float
    #: Net of the idle stack's.
    cpu: float


def overhead() -> int:
    names = [f"bench-{number}" for number in range(REPETITIONS + 1)]
    with private_stack(names) as stack:
        say(f"\nload of the machine: {os.getloadavg()[0]:.1f}")
        run(stack, BASE)
        base = _base(stack)
        subprocess.run(["docker", "pull", "--quiet", base], env=_environment(), check=True, timeout=600)
        meter = Meter(stack.state)
        # Workers, page cache and the engine's copy of the base: users build more than one image.
        _pipeline(stack, names[0])
        _shell(stack, base, "warm")
        time.sleep(5)
        idle = _idle(meter)
        cold: list[Cost] = []
        unchanged: list[Cost] = []
        shell: list[dict[str, float]] = []
        engines: list[float] = []
        for number, name in enumerate(names[1:]):
            first, second = (True, False) if number % 2 else (False, True)
            for pipeline in (first, second):
                engine = meter.read_engine()
                if not pipeline:
                    shell.append(_shell(stack, base, f"shell-{number}"))
                    engines.append(meter.read_engine() - engine)
                    continue
                cold.append(_cost(meter, idle, partial(_pipeline, stack, name)))
                engines.append(meter.read_engine() - engine)
                time.sleep(3)
                unchanged.append(_cost(meter, idle, partial(_unchanged, stack, name)))
                time.sleep(3)
        where = shares(stack.client, f"golden_images.{names[-1]}")
        subprocess.run(
            ["docker", "image", "rm", "--force", base], env=_environment(), check=False, timeout=60
        )
    whole = [Cost(one.wall, one.cpu + min(engines)) for one in cold]
    return _report(whole, unchanged, shell, idle, where)


def _pipeline(stack: Stack, name: str) -> None:
    run(stack, name, force=True)


def _unchanged(stack: Stack, name: str) -> None:
    ended = run(stack, name)
    why = stack.client.xcom(ended["dag_id"], ended["dag_run_id"], "resolve")["why"]
    assert why == "unchanged", why


def _cost(meter: Meter, idle: float, work: Callable[[], None]) -> Cost:
    before, began = meter.read(), time.monotonic()
    work()
    wall = time.monotonic() - began
    # What a run leaves to be done (the scheduler's last look, ended processes) belongs to it.
    time.sleep(2)
    elapsed = time.monotonic() - began
    return Cost(wall, meter.read() - before - idle * elapsed)


def _idle(meter: Meter) -> float:
    """CPU seconds a second."""
    before, began = meter.read(), time.monotonic()
    time.sleep(IDLE_SECONDS)
    return (meter.read() - before) / (time.monotonic() - began)


def _shell(stack: Stack, base: str, name: str) -> dict[str, float]:
    """Seconds by step, and ``total``."""
    repository = f"{airflow.registry_host(stack.state)}/shell/{name}"
    made = context(stack.project, name)
    with tempfile.TemporaryDirectory(prefix="golden-images-bench-") as folder:
        command = [str(ROOT / "benchmarks/overhead.sh"), str(made), base, repository, "1.0", "dev", folder]
        subprocess.run(command, env=_environment(), check=True, timeout=900, stdout=subprocess.DEVNULL)
        lines = [line.split() for line in (Path(folder) / "steps").read_text().splitlines()]
    times = [(float(at), step) for at, step in lines]
    steps = {step: later - at for (at, step), (later, _) in pairwise(times)}
    return {**steps, "total": times[-1][0] - times[0][0]}


def _base(stack: Stack) -> str:
    host = airflow.registry_host(stack.state)
    found = client_from(host).resolve(f"golden/{BASE}", "dev")
    assert found is not None
    return f"{host}/golden/{BASE}@{found.digest}"


def _environment() -> dict[str, str]:
    environment = {**child_environment(), "PYTHON": sys.executable, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    # A newer client found first may not do BuildKit with an older engine.
    environment["PATH"] = f"{Path(sys.executable).parent}:/usr/bin:{environment['PATH']}"
    assert shutil.which("docker", path=environment["PATH"])
    return environment


def _report(
    cold: list[Cost],
    unchanged: list[Cost],
    shell: list[dict[str, float]],
    idle: float,
    where: list[dict[str, Any]],
) -> int:
    median = statistics.median
    by_step = {step: median(one[step] for one in shell) for step in shell[0]}
    walls, cpus = median(one.wall for one in cold), median(one.cpu for one in cold)
    again, again_cpu = median(one.wall for one in unchanged), median(one.cpu for one in unchanged)
    say(f"\n{IMAGE} on {BASE}, median of {len(cold)}, {os.cpu_count()} cores; seconds\n")
    table(("shell script", "wall"), list(by_step.items()))
    say()
    table(
        ("pipeline", "wall", "CPU", "each wall"),
        [
            ("cold", walls, cpus, " ".join(f"{one.wall:.1f}" for one in cold)),
            ("unchanged", again, again_cpu, " ".join(f"{one.wall:.1f}" for one in unchanged)),
        ],
    )
    say(f"\nThe idle stack needs {idle:.2f} CPU seconds a second; that is taken off.\n")
    say("Where the last cold run spent its time, seconds after the trigger:\n")
    head = ("task", "ready", "queued", "started", "in operator", "ended")
    table(head, [tuple(row[column] for column in head) for row in where])
    ratios = {"cold_wall": walls / by_step["total"], "unchanged_cpu": again_cpu / cpus}
    say()
    return conclude(
        "overhead",
        measured={"cold_wall": walls, "cold_cpu": cpus, "unchanged_wall": again, "unchanged_cpu": again_cpu},
        baseline={"shell_wall": by_step["total"], "cold_cpu": cpus, "idle_cpu_rate": idle},
        ratio=ratios,
        goal={"cold_wall": f"<= {COLD_GOAL}", "unchanged_cpu": f"<= {UNCHANGED_GOAL}"},
        holds=ratios["cold_wall"] <= COLD_GOAL and ratios["unchanged_cpu"] <= UNCHANGED_GOAL,
    )


if __name__ == "__main__":
    # What was started is stopped, however this ends.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    main(overhead)
