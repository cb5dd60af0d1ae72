"""Watching 1,000 external bases on a local registry: CPU, polls kept, detection latency, requests.

The real watch (its turns, its poller, its catalog in SQLite) sees all bases for the first time, which is
what a change of all of them costs, too: each is read, written down and settled. Then it runs for some
polls while tags are moved at random moments. The baseline, in the same run and against the same
registry, is a watcher a base, as ``AssetWatcher`` with the HTTP provider's trigger gives it: a coroutine
for each base, which opens a session for each look and asks without a condition.

    python -m benchmarks.base_watch [--bases 1000] [--polls 3] [--poll-seconds 30]
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp

from benchmarks.report import conclude, table
from golden_images.adapters.catalog import SqlCatalog
from golden_images.adapters.registry import RegistryClient, client_from, watch_from
from golden_images.adapters.registry.polling import Looks, Poller
from golden_images.core import media
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.organisation import BaseWatch
from golden_images.ports import Descriptor
from golden_images.scheduling.watch import TICK, Rounds
from golden_images.watching.watch import Watch
from tests.services.registry import RegistryService

#: The watch may cost at most this share of what a watcher a base costs,
GOAL_RATIO = 1.0
#: at most so much of one core at the default interval of a minute,
GOAL_CORE = 0.05
#: keep every poll, see every change within an interval and a turn or two,
MOVES = 40
#: and have done with a change of all bases in seconds: the default interval.
GOAL_MASS = 60.0


@dataclass
class Measured:
    cpu: list[float] = field(default_factory=list)
    #: From the first look at the first base to the last one's version, in seconds.
    mass: float = 0.0
    seconds: list[float] = field(default_factory=list)
    requests: int = 0
    starts: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)


class Tags:
    """Bases in fifty repositories, each an index as most are; ``move`` pushes another digest to one."""

    def __init__(self, registry: RegistryClient, count: int) -> None:
        self.registry = registry
        self.names = [(f"bench/base{number % 50}", f"t{number // 50}") for number in range(count)]
        self.moved: dict[str, float] = {}
        repositories = dict.fromkeys(repository for repository, _ in self.names)
        with ThreadPoolExecutor(4) as threads:
            self._images = dict(zip(repositories, threads.map(self._image, repositories), strict=True))
            list(threads.map(lambda name: self._push(name[0], name[1], version=0), self.names))

    def base(self, repository: str, tag: str) -> str:
        return f"{self.registry.host}/{repository}:{tag}"

    def _image(self, repository: str) -> Descriptor:
        config = self.registry.push_blob(repository, b'{"architecture": "amd64", "os": "linux"}')
        manifest = {
            "schemaVersion": 2,
            "mediaType": media.MANIFEST,
            "config": {
                "mediaType": media.CONFIG,
                "digest": config.digest,
                "size": config.size,
            },
            "layers": [],
        }
        return self.registry.put_manifest(repository, canonical_json(manifest), media.MANIFEST)

    def _push(self, repository: str, tag: str, version: int) -> None:
        image = self._images[repository]
        index = {
            "schemaVersion": 2,
            "mediaType": media.INDEX,
            "manifests": [
                {
                    "mediaType": media.MANIFEST,
                    "digest": image.digest,
                    "size": image.size,
                    "platform": {"os": "linux", "architecture": "amd64"},
                }
            ],
            "annotations": {"tag": tag, "version": str(version)},
        }
        self.registry.put_manifest(repository, canonical_json(index), media.INDEX, tag=tag)

    def move(self, repository: str, tag: str) -> None:
        self.moved[self.base(repository, tag)] = time.monotonic()
        self._push(repository, tag, 1)


class TimedPoller(Poller):
    """Knows when a change was seen, and how long each whole poll took."""

    def __init__(self, host: str, settings: BaseWatch, tags: Tags, measured: Measured) -> None:
        async def watch_of(_host: str):  # type: ignore[no-untyped-def]
            return watch_from(host, concurrency=settings.concurrency, per_minute=settings.requests_per_minute)

        super().__init__(watch_of)
        self.tags, self.measured = tags, measured

    async def poll(self, bases, known) -> Looks:  # type: ignore[no-untyped-def]
        began = time.monotonic()
        looks = await super().poll(bases, known)
        if len(bases) == len(self.tags.names):
            self.measured.starts.append(began)
            self.measured.seconds.append(time.monotonic() - began)
        for base, digest in looks.seen.items():
            if known.get(base) not in (None, digest) and base in self.tags.moved:
                self.measured.latencies.append(time.monotonic() - self.tags.moved.pop(base))
        assert not looks.failed, next(iter(looks.failed.values()))
        return looks


async def ours(tags: Tags, folder: Path, poll_seconds: int, polls: int) -> Measured:
    measured = Measured()
    settings = BaseWatch(poll_seconds=poll_seconds, quiet_seconds=0)
    catalog = SqlCatalog.from_url(f"sqlite:///{folder / 'catalog.db'}")
    catalog.migrate()
    needs = {tags.base(*name): {f"image{number}": ("linux/amd64",)} for number, name in enumerate(tags.names)}
    poller = TimedPoller(tags.registry.host, settings, tags, measured)
    watch = Watch(needs, settings, catalog, lambda _host: tags.registry, lambda _line: None)
    rounds = Rounds(watch, poller, timedelta(hours=1), lambda _line: None)
    began = time.monotonic()
    due = await rounds.turn()
    measured.mass = time.monotonic() - began
    assert len(due) == len(needs), f"{len(due)} of {len(needs)} bases have a version"
    measured.starts.clear()
    measured.seconds.clear()
    measured.requests = -poller.requests
    cpu = time.process_time()
    mover = asyncio.create_task(_move(tags, (polls - 1) * poll_seconds))
    while len(measured.seconds) < polls + 1:
        await rounds.turn()
        await asyncio.sleep(TICK)
    # The pusher is somebody else.
    measured.cpu = [(time.process_time() - cpu - await mover) / len(measured.seconds)]
    measured.requests += poller.requests
    await poller.close()
    return measured


async def _move(tags: Tags, within: float) -> float:
    """Moves tags at random moments of the next ``within`` seconds, also amid a poll; the CPU time of it."""
    chance = random.Random(1)
    moments = sorted(chance.uniform(0, within) for _ in range(MOVES))
    began, cpu = time.monotonic(), 0.0

    def move(name: tuple[str, str]) -> float:
        before = time.thread_time()
        tags.move(*name)
        return time.thread_time() - before

    for moment, name in zip(moments, chance.sample(tags.names, MOVES), strict=True):
        await asyncio.sleep(max(0.0, began + moment - time.monotonic()))
        cpu += await asyncio.to_thread(move, name)
    return cpu


async def watcher_a_base(tags: Tags, poll_seconds: int, polls: int) -> Measured:
    """As the HTTP provider's trigger looks: a session a look."""
    measured = Measured()

    async def look(repository: str, tag: str) -> Digest:
        async with aiohttp.ClientSession() as session:
            url = f"http://{tags.registry.host}/v2/{repository}/manifests/{tag}"
            async with session.head(url, headers={"Accept": media.INDEX}) as answer:
                measured.requests += 1
                return Digest(answer.headers["Docker-Content-Digest"])

    async def watch(number: int, name: tuple[str, str]) -> None:
        known: Digest | None = None
        # Spread over the interval, as triggers that were created one after the other are.
        await asyncio.sleep(poll_seconds * number / len(tags.names))
        for number in range(polls):
            await asyncio.sleep(poll_seconds if number else 0)
            known = await look(*name)
        assert known

    cpu = time.process_time()
    await asyncio.gather(*(watch(number, name) for number, name in enumerate(tags.names)))
    measured.cpu = [(time.process_time() - cpu) / polls]
    return measured


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bases", type=int, default=1000)
    parser.add_argument("--polls", type=int, default=3)
    parser.add_argument("--poll-seconds", type=int, default=30)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="golden-images-bench-") as name:
        folder = Path(name)
        service = RegistryService(folder)
        service.start()
        try:
            tags = Tags(client_from(service.host), asked.bases)
            mine = asyncio.run(ours(tags, folder, asked.poll_seconds, asked.polls))
            naive = asyncio.run(watcher_a_base(tags, asked.poll_seconds // 2, 2))
        finally:
            service.stop()
    return _report(asked.bases, asked.poll_seconds, mine, naive)


def _report(bases: int, poll_seconds: int, mine: Measured, naive: Measured) -> int:
    elapsed = mine.starts[-1] - mine.starts[0]
    kept = (len(mine.starts) - 1) / max(1, round(elapsed / poll_seconds))
    latencies = sorted(mine.latencies)
    p95 = latencies[max(0, round(0.95 * len(latencies)) - 1)] if latencies else float("inf")
    cpu, naive_cpu = mine.cpu[0], naive.cpu[0]
    core = cpu / 60
    seen = len(latencies) == MOVES
    table(
        ("", "the watch", "a watcher a base"),
        [
            ("first sight of all bases", f"{mine.mass:.1f} s", ""),
            ("CPU a poll of all bases", f"{cpu:.2f} s", f"{naive_cpu:.2f} s"),
            ("of one core at 60 s", f"{core:.1%}", f"{naive_cpu / 60:.1%}"),
            ("a poll takes", f"{statistics.mean(mine.seconds):.1f} s", ""),
            ("polls kept", f"{min(kept, 1):.0%}", ""),
            (f"changes seen ({MOVES} made)", str(len(latencies)), ""),
            ("detection latency p50", f"{statistics.median(latencies or [0]):.1f} s", ""),
            ("detection latency p95", f"{p95:.1f} s of a {poll_seconds} s interval", ""),
            ("requests a poll", f"{mine.requests / len(mine.seconds):.0f}", str(bases)),
        ],
    )
    ratio = cpu / naive_cpu
    longest = poll_seconds + max(mine.seconds) + 2 * TICK
    return conclude(
        "base-watch",
        measured={
            "mass_change_seconds": mine.mass,
            "cpu_seconds_a_poll": cpu,
            "core_share_at_60_s": core,
            "polls_kept": min(kept, 1.0),
            "latency_p95_seconds": p95,
            "requests_a_poll": mine.requests / len(mine.seconds),
            "bases": float(bases),
        },
        baseline={"cpu_seconds_a_poll": naive_cpu},
        ratio={"cpu": ratio},
        goal={
            "cpu": f"<= {GOAL_RATIO} of a watcher a base",
            "core_share_at_60_s": f"<= {GOAL_CORE}",
            "polls_kept": "1.0",
            "latency_p95_seconds": f"<= {longest:.1f}: an interval, a poll, two turns",
            "changes": "all seen",
            "mass_change_seconds": f"<= {GOAL_MASS:.0f}",
        },
        holds=ratio <= GOAL_RATIO
        and core <= GOAL_CORE
        and kept >= 0.99
        and seen
        and p95 <= longest
        and mine.mass <= GOAL_MASS,
    )


if __name__ == "__main__":
    # What was started is stopped, however this ends.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    raise SystemExit(main())
