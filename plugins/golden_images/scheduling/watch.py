"""One trigger for all external bases: it looks, records, and says when somebody is to be woken.

An event of a watcher carries no partition key, so it wakes ``golden_images_base_watch``, whose task
wakes the images (``adr/0009-base-watch.md``). The event itself says nothing that the catalog does not:
one that is lost is sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

if TYPE_CHECKING:
    from golden_images.adapters.registry.polling import Looks, Poller
    from golden_images.core.organisation import BaseWatch
    from golden_images.ports import Log
    from golden_images.watching.watch import Due, Watch

#: From one glance at pokes and deadlines to the next, in seconds.
TICK = 2.0
#: What was announced is announced again after so many polls: a paused image may be awake by then.
_AGAIN = 10


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Rounds:
    """The watch and its requests, turn by turn. One turn is one :data:`TICK`."""

    watch: Watch
    poller: Poller
    again: timedelta
    log: Log
    now: Callable[[], datetime] = _utc_now
    _told: frozenset[object] = frozenset()
    _told_at: datetime | None = None
    _made_at: datetime | None = None
    _refused: bool = False

    @property
    def stale(self) -> bool:
        """Whether a login was refused and it is time to read the Connections anew: they may have been
        corrected, or a password have changed."""
        return self._refused and self._made_at is not None and abs(self.now() - self._made_at) >= self.again

    async def turn(self) -> list[Due]:
        """Who is to be announced now. Raises CatalogError; the next turn makes good for it."""
        self._made_at = self._made_at or self.now()
        # The catalog's client blocks, and the loop is shared with every other trigger.
        bases = await asyncio.to_thread(self.watch.begin, self.now())
        if not bases:
            return []
        references = {base: self.watch.references[base] for base in bases}
        looks = await self.poller.poll(references, self.watch.known)
        self._report(looks)
        due = await asyncio.to_thread(self.watch.end, looks.seen, self.now())
        return due if self._news(due) else []

    def _news(self, due: list[Due]) -> bool:
        now, told = self.now(), frozenset((one.base, one.digest, one.at, one.images) for one in due)
        fresh = bool(told - self._told)
        if not told or not (fresh or self._told_at is None or abs(now - self._told_at) >= self.again):
            self._told &= told
            return False
        self._told, self._told_at = told, now
        return True

    def _report(self, looks: Looks) -> None:
        """One line a registry, not one a base: a registry that is down has a thousand of them."""
        self._refused = any(getattr(error, "status", 0) in (401, 403) for error in looks.failed.values())
        by_host: dict[str, list[str]] = {}
        for base in (*looks.failed, *looks.held):
            by_host.setdefault(self.watch.references[base].registry, []).append(base)
        for host, bases in by_host.items():
            first = next((looks.failed[base] for base in bases if base in looks.failed), None)
            why = f"{first.what}; {first.cause}" if first else "it asked for a pause"
            self.log(f"{host}: {len(bases)} bases were not seen: {why}")


class BaseWatchTrigger(BaseEventTrigger):
    """Everything that it needs stands in its arguments, for a triggerer has no project folder.

    ``needs``: by base, the images that it wakes and their platforms; ``images``: those that may have
    build stages on others. ``registry`` is our own registry's
    Connection id, ``registries`` are others' by host; the rest is read anonymously. ``settings``: the
    organisation's ``base_watch``.
    """

    def __init__(
        self,
        *,
        catalog: str,
        registry: str,
        registries: Mapping[str, str],
        needs: Mapping[str, Mapping[str, list[str]]],
        settings: Mapping[str, int],
        # A trigger of the version before, which Airflow stores, has none.
        images: Sequence[str] = (),
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.catalog = catalog
        self.registry = registry
        self.registries = dict(registries)
        self.needs = {base: dict(images) for base, images in needs.items()}
        self.settings = dict(settings)
        self.images = list(images)

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "catalog": self.catalog,
                "registry": self.registry,
                "registries": self.registries,
                "needs": self.needs,
                "settings": self.settings,
                "images": self.images,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Never ends and never raises: a trigger that does wakes nobody any more."""
        rounds: Rounds | None = None
        troubles = 0
        try:
            while True:
                due: list[Due] = []
                try:
                    if rounds is None:
                        # In a thread for its imports, too: they take a second.
                        rounds = await asyncio.to_thread(self._rounds)
                    due = await rounds.turn()
                    troubles = 0
                except Exception as error:
                    troubles += 1
                    self._trouble(error)
                if rounds is not None and (troubles or rounds.stale):
                    # What it knew stands in the catalog; Connections are read anew.
                    await rounds.poller.close()
                    rounds = None
                if due:
                    images = sum(len(one.images) for one in due)
                    yield TriggerEvent({"bases": len(due), "images": images})  # type: ignore[no-untyped-call]
                await asyncio.sleep(min(TICK * 2**troubles, float(self.settings["poll_seconds"])))
        finally:
            if rounds is not None:
                await rounds.poller.close()

    def _rounds(self) -> Rounds:
        from functools import cache

        from golden_images.adapters.registry.polling import Poller
        from golden_images.watching.watch import Watch
        from golden_images.wiring import catalog, external_registry

        settings = self._settings()
        watch = Watch(
            {base: {name: tuple(of) for name, of in images.items()} for base, images in self.needs.items()},
            settings,
            catalog(self.catalog),
            cache(lambda host: external_registry(host, self.registry, self.registries)),
            self._say,
            frozenset(self.images),
        )
        again = timedelta(seconds=_AGAIN * settings.poll_seconds)
        return Rounds(watch, Poller(self._registry_watch), again, self._say)

    async def _registry_watch(self, host: str) -> Any:
        from golden_images.wiring import registry_watch

        readers = (self.registry, self.registries)
        return await asyncio.to_thread(registry_watch, host, *readers, self._settings())

    def _settings(self) -> BaseWatch:
        from golden_images.core.organisation import BaseWatch

        return BaseWatch(**self.settings)

    def _say(self, line: str) -> None:
        self.log.info("%s", line)

    def _trouble(self, error: Exception) -> None:
        from golden_images.errors import GoldenImagesError

        if isinstance(error, GoldenImagesError):
            for line in str(error).splitlines():
                self.log.error("%s", line)
        else:
            self.log.exception("the base watch met a mistake of its own")
