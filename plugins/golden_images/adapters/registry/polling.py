"""Many tags of many registries looked at over and over: a few at a time, each registry at its own pace.

What a registry does not answer for in one poll is *held*: it is left as it is, and asked for in the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from golden_images.adapters.registry.session import NO_ANSWER
from golden_images.adapters.registry.watching import RegistryWatch
from golden_images.core.digest import Digest
from golden_images.core.reference import Reference
from golden_images.errors import GoldenImagesError


@dataclass
class Looks:
    """One poll. ``seen`` has every base that was answered for; ``held`` are left alone for now."""

    seen: dict[str, Digest] = field(default_factory=dict)
    failed: dict[str, GoldenImagesError] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)


class Poller:
    """Every registry at once, each at its own pace; ``watch_of`` makes a registry's watch on first use."""

    def __init__(self, watch_of: Callable[[str], Awaitable[RegistryWatch]]) -> None:
        self._watch_of = watch_of
        self._watches: dict[str, RegistryWatch] = {}
        #: Bases of a silent registry that were passed over; they come first in the next poll.
        self._left: set[str] = set()

    @property
    def requests(self) -> int:
        """Requests sent so far."""
        return sum(watch.requests for watch in self._watches.values())

    async def close(self) -> None:
        for watch in self._watches.values():
            await watch.close()

    async def poll(self, bases: Mapping[str, Reference], known: Mapping[str, Digest]) -> Looks:
        """Never raises for what a base or a registry does: the others are looked at all the same.

        A registry that does not answer costs one time-out, not one for each of its bases: the others
        have to wait for this poll's end.
        """
        looks = Looks()
        by_host: dict[str, dict[str, Reference]] = {}
        for base, reference in bases.items():
            by_host.setdefault(reference.registry, {})[base] = reference
        await asyncio.gather(*(self._registry(host, of, known, looks) for host, of in by_host.items()))
        return looks

    async def _registry(
        self, host: str, bases: Mapping[str, Reference], known: Mapping[str, Digest], looks: Looks
    ) -> None:
        try:
            if host not in self._watches:
                self._watches[host] = await self._watch_of(host)
        except GoldenImagesError as error:
            looks.failed.update(dict.fromkeys(bases, error))
            return
        watch = self._watches[host]
        waiting = iter(sorted(bases.items(), key=lambda item: item[0] not in self._left))

        async def work() -> None:
            for base, reference in waiting:
                self._left.discard(base)
                if watch.pausing:
                    looks.held.append(base)
                    continue
                try:
                    looks.seen[base] = await watch.look(reference, known.get(base))
                except GoldenImagesError as error:
                    looks.failed[base] = error
                    if isinstance(error.__cause__, NO_ANSWER):
                        return

        await asyncio.gather(*(work() for _ in range(min(watch.concurrency, len(bases)))))
        for base, _ in waiting:
            looks.held.append(base)
            self._left.add(base)
