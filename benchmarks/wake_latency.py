"""From a push to a registry to the queued run of the image on it, on the whole stack.

A registry, and all of Airflow with twenty images, each on a base of its own. Bases are pushed anew at
random moments. What is measured is the time from just before the push to the ``queued_at`` of the
image's run: the triggerer's look, the event, the run of the base watch and its task, the image's event.
The quiet period is a wish of the user's and no delay of ours: it is none here. Contexts do not exist, so
that a run ends in its first task.

    python -m benchmarks.wake_latency [--bases 20] [--pushes 36] [--poll-seconds 15] [--spread 10] [--seed 1]
"""

from __future__ import annotations

import argparse
import random
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.report import conclude, table
from benchmarks.stack import running
from golden_images.adapters.registry import RegistryClient, client_from
from golden_images.core.digest import Digest
from local.console import LocalError
from local.stack.rest import FINISHED
from local.stack.stack import Stack
from tests.services.images import push_image
from tests.services.registry import RegistryService

#: What Airflow may take on top of the interval of the polls, for 95 of 100 pushes, in seconds.
GOAL = 20.0
_WATCH = "golden_images_base_watch"
_ORGANISATION = """\
schema: 1
base_watch: {{poll_seconds: {poll}, quiet_seconds: 0}}
defaults: {{nightly: null, retries: 0}}
"""
_DEFINITION = """\
schema: 1
name: {name}
description: An image on an external base.
owner: benchmarks
base: {{reference: "{host}/bench/{name}:1"}}
"""


def write(project: Path, host: str, names: Iterable[str], poll_seconds: int) -> set[str]:
    """The definitions; the ids of the DAGs that come of them."""
    include = project / "include"
    for path in (include / "images").glob("*.yaml"):
        path.unlink()
    (include / "golden_images.yaml").write_text(_ORGANISATION.format(poll=poll_seconds))
    for name in names:
        (include / "images" / f"{name}.yaml").write_text(_DEFINITION.format(name=name, host=host))
    return {_WATCH, *(_dag(name) for name in names)}


def _dag(name: str) -> str:
    return f"golden_images.{name}"


class Queue:
    """When the run of an image for a digest was queued, as Airflow itself wrote it down."""

    def __init__(self, stack: Stack, poll_seconds: int) -> None:
        self.stack = stack
        self._patience = 10 * poll_seconds + 300

    def times(self, pushed: dict[Digest, str]) -> dict[Digest, float]:
        """By digest, once every image of ``pushed`` has had its run and has ended it."""
        deadline = time.monotonic() + self._patience
        while True:
            runs = {name: self.stack.client.runs(_dag(name)) for name in set(pushed.values())}
            found = {
                digest: _queued(run)
                for digest, name in pushed.items()
                for run in runs[name]
                if _is(run, digest)
            }
            if len(found) == len(pushed) and all(
                one["state"] in FINISHED for of in runs.values() for one in of
            ):
                return found
            if time.monotonic() > deadline:
                lacking = sorted(name for digest, name in pushed.items() if digest not in found)
                raise LocalError(f"{len(lacking)} of {len(pushed)} pushes woke nobody: {', '.join(lacking)}")
            time.sleep(3)


def _is(run: dict[str, Any], digest: Digest) -> bool:
    """The key of the base version; a run that the watch started alone has it in its id."""
    return str(digest).replace(":", "-") in f"{run['partition_key']} {run['dag_run_id']}"


def _queued(run: dict[str, Any]) -> float:
    return datetime.fromisoformat(run["queued_at"].replace("Z", "+00:00")).timestamp()


def measure(queue: Queue, registry: RegistryClient, names: list[str], moments: list[float]) -> list[float]:
    """Seconds from each push to its run. ``moments`` in seconds from now, one a push."""
    digests: dict[Digest, str] = {}
    began_at: dict[Digest, float] = {}
    start = time.monotonic()
    for number, moment in enumerate(moments):
        time.sleep(max(0.0, start + moment - time.monotonic()))
        name = names[number % len(names)]
        before = time.time()
        digest = _push(registry, name, f"push {number}")
        digests[digest], began_at[digest] = name, before
        print(f"  {number + 1} of {len(moments)} pushed", file=sys.stderr, flush=True)
    queued = queue.times(digests)
    return [queued[digest] - began_at[digest] for digest in digests]


def _push(registry: RegistryClient, name: str, content: str) -> Digest:
    return push_image(registry, f"bench/{name}", f"{name} {content}".encode(), tag="1")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bases", type=int, default=20)
    parser.add_argument("--pushes", type=int, default=36)
    parser.add_argument("--poll-seconds", type=int, default=15)
    parser.add_argument("--spread", type=float, default=10.0, help="seconds from push to push, on average")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    # A base that is pushed again before it was seen has one run for both pushes.
    if asked.bases * asked.spread < 4 * asked.poll_seconds:
        parser.error("a base would be pushed again too soon: more bases, or a longer spread")
    chance = random.Random(asked.seed)
    names = [f"image{number:02}" for number in range(asked.bases)]
    # Each is anywhere in a slot of its own: the polls know nothing of them.
    moments = [asked.spread * (number + chance.random()) for number in range(asked.pushes)]
    with tempfile.TemporaryDirectory(prefix="golden-images-bench-") as folder:
        service = RegistryService(Path(folder))
        service.start()
        try:
            registry = client_from(service.host)
            first = {_push(registry, name, "first"): name for name in names}
            with running(lambda project: write(project, service.host, names, asked.poll_seconds)) as stack:
                queue = Queue(stack, asked.poll_seconds)
                queue.times(first)
                seconds = measure(queue, registry, chance.sample(names, len(names)), moments)
        finally:
            service.stop()
    return _report(seconds, asked.poll_seconds)


def _report(seconds: list[float], poll_seconds: int) -> int:
    ordered = sorted(seconds)
    p50, p95 = statistics.median(ordered), ordered[round(0.95 * len(ordered)) - 1]
    goal = poll_seconds + GOAL
    table(
        ("from push to queued run", "seconds"),
        [("p50", p50), ("p95", p95), ("slowest", ordered[-1]), ("polls are apart", float(poll_seconds))],
    )
    return conclude(
        "wake-latency",
        measured={
            "p50_seconds": p50,
            "p95_seconds": p95,
            "slowest_seconds": ordered[-1],
            "pushes": float(len(ordered)),
        },
        baseline={"poll_seconds": float(poll_seconds)},
        ratio={"p95_to_goal": p95 / goal},
        goal={"p95_seconds": f"<= {goal:.0f}: the interval of the polls and {GOAL:.0f} s"},
        holds=p95 <= goal,
    )


if __name__ == "__main__":
    # What was started is stopped, however this ends.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    raise SystemExit(main())
