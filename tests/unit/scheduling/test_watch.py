"""The trigger's turns: what is announced, when again, and what it says of registries that fail."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from golden_images.adapters.registry.polling import Looks
from golden_images.core.digest import Digest
from golden_images.core.organisation import BaseWatch
from golden_images.core.reference import Reference
from golden_images.core.watching import Wake
from golden_images.errors import RegistryError
from golden_images.scheduling import watch as watching
from golden_images.scheduling.watch import BaseWatchTrigger, Rounds
from golden_images.watching.watch import Due, Watch
from tests.fakes.catalog import FakeCatalog
from tests.fakes.registry import FakeRegistry
from tests.services.images import push_image

HOST = "registry.test:5000"
BASE = f"{HOST}/team/base:1"
NEEDS = {BASE: {"web": ("linux/amd64",)}}
START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class FakePoller:
    """Looks at the registry in memory."""

    def __init__(self, registry: FakeRegistry) -> None:
        self.registry = registry
        self.looks = Looks()

    async def poll(self, bases: Mapping[str, Reference], known: Mapping[str, Digest]) -> Looks:
        self.looks = Looks()
        for base, reference in bases.items():
            try:
                found = self.registry.resolve(reference.repository, reference.tag or "")
            except RegistryError as error:
                self.looks.failed[base] = error
                continue
            if found is not None:
                self.looks.seen[base] = found.digest
        return self.looks

    async def close(self) -> None:
        pass


class Trigger:
    def __init__(self) -> None:
        self.registry, self.seconds = FakeRegistry(HOST), 0
        self.catalog = FakeCatalog(now=self.now)
        self.log: list[str] = []
        settings = BaseWatch(poll_seconds=60, quiet_seconds=10)
        watch = Watch(NEEDS, settings, self.catalog, lambda host: self.registry, self.log.append)
        poller: Any = FakePoller(self.registry)
        self.rounds = Rounds(watch, poller, timedelta(seconds=600), self.log.append, self.now)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def run(self, seconds: int) -> list[tuple[int, list[Due]]]:
        """Turn by turn; when something was announced."""

        async def turns() -> list[tuple[int, list[Due]]]:
            told = []
            for _ in range(seconds // 2):
                due = await self.rounds.turn()
                if due:
                    told.append((self.seconds, due))
                self.seconds += 2
            return told

        return asyncio.run(turns())


@pytest.fixture
def trigger() -> Trigger:
    made = Trigger()
    push_image(made.registry, "team/base", b"A", tag="1")
    return made


def test_a_version_is_announced_the_moment_it_settles(trigger: Trigger) -> None:
    ((at, (due,)),) = trigger.run(120)
    assert at == 10, "not only at the next poll"
    assert due.images == ("web",)


def test_what_nobody_heard_is_announced_again_and_not_all_the_time(trigger: Trigger) -> None:
    told = [at for at, _ in trigger.run(3600)]
    assert told[0] == 10
    assert all(600 <= later - earlier <= 660 for earlier, later in pairwise(told))


def test_a_further_version_is_announced_at_once(trigger: Trigger) -> None:
    trigger.run(120)
    push_image(trigger.registry, "team/base", b"B", tag="1")
    told = trigger.run(120)
    assert len(told) == 1


def test_nothing_is_announced_once_all_are_woken(trigger: Trigger) -> None:
    ((_, (due,)),) = trigger.run(60)
    trigger.catalog.record_wakes([Wake("web", BASE, due.digest, due.at)])
    assert trigger.run(3600) == []


def test_an_hour_without_the_registry_is_one_line_a_poll_and_then_made_good(trigger: Trigger) -> None:
    trigger.run(60)
    trigger.registry.down = True
    trigger.log.clear()
    trigger.run(3600)
    assert len(trigger.log) == 60
    assert "1 bases were not seen" in trigger.log[0]
    assert HOST in trigger.log[0]
    trigger.registry.down = False
    digest = push_image(trigger.registry, "team/base", b"B", tag="1")
    told = trigger.run(120)
    assert [due.digest for _, (due,) in told] == [digest]


def test_a_refused_login_is_read_anew_and_not_at_every_turn(trigger: Trigger) -> None:
    async def refuse(bases: Mapping[str, Reference], known: Mapping[str, Digest]) -> Looks:
        return Looks(failed={BASE: RegistryError("no", endpoint=HOST, status=401, retryable=False)})

    assert not trigger.rounds.stale
    trigger.rounds.poller.poll = refuse  # type: ignore[method-assign]
    trigger.run(300)
    assert not trigger.rounds.stale
    trigger.run(302)
    assert trigger.rounds.stale


def test_the_trigger_lives_through_everything_and_closes_its_connections(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Failing:
        poller: Any = None
        turns = 0
        stale = False

        async def turn(self) -> list[Due]:
            self.turns += 1
            if self.turns < 3:
                raise RuntimeError("a mistake")
            return [Due(BASE, Digest.of(b"A"), START, ("web",))]

    closed = []

    class Poller:
        async def close(self) -> None:
            closed.append(True)

    failing = Failing()
    failing.poller = Poller()
    trigger = BaseWatchTrigger(
        registry="registry",
        catalog="c",
        registries={},
        needs={BASE: {"web": []}},
        settings={"poll_seconds": 5},
    )
    monkeypatch.setattr(trigger, "_rounds", lambda: failing)
    monkeypatch.setattr(watching, "TICK", 0.0)

    async def first() -> Any:
        async with aclosing(trigger.run()) as events:  # type: ignore[type-var]
            return await anext(events)

    event = asyncio.run(first())
    assert event.payload == {"bases": 1, "images": 1}
    assert closed == [True] * 3, "after each trouble it begins anew, and at the end"
