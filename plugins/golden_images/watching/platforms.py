"""Which platforms a base has: read once for every digest that the watch has not seen before.

A thousand bases that change at once are a thousand manifests. They are read a few at a time, at the pace
that the registry is asked at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from golden_images.core import media
from golden_images.core.digest import Digest
from golden_images.core.organisation import BaseWatch
from golden_images.core.reference import Reference
from golden_images.errors import GoldenImagesError, RegistryError
from golden_images.images import image
from golden_images.ports import Log, Registry


class PlatformReader:
    """For several registries; each one's pace is kept from one call to the next."""

    def __init__(self, registry_of: Callable[[str], Registry], settings: BaseWatch, log: Log) -> None:
        self._registry_of = registry_of
        self._settings = settings
        self._log = log
        self._paces: dict[str, Pace] = {}

    def read(
        self, wanted: Mapping[str, tuple[Reference, Digest]], tired: set[str]
    ) -> dict[str, tuple[str, ...]]:
        """By base; what cannot be read is told of and left out.

        ``tired`` are the registries that gave no answer or want a pause. They are not asked, and a
        further one is added: each try costs all its retries, so its other bases have to wait.
        """
        by_host: dict[str, list[str]] = {}
        for base, (reference, _) in wanted.items():
            by_host.setdefault(reference.registry, []).append(base)
        found: dict[str, tuple[str, ...]] = {}
        for host, bases in by_host.items():
            try:
                # Not in a thread of the pool: Airflow would not be found there for its Connections.
                registry = self._registry_of(host)
            except GoldenImagesError as error:
                self._log(f"{host}: {len(bases)} bases cannot be read: {error.what}; {error.cause}")
                continue
            pace = self._paces.setdefault(host, Pace(self._settings.requests_per_minute))

            def read(base: str, registry: Registry = registry, pace: Pace = pace) -> None:
                reference, digest = wanted[base]
                if reference.registry in tired:
                    return
                try:
                    found[base] = platforms(registry, reference.repository, digest, pace.wait)
                except GoldenImagesError as error:
                    self._log(f"{base}: {digest} cannot be read: {error.what}; {error.cause}")
                    if isinstance(error, RegistryError) and error.retryable:
                        tired.add(reference.registry)

            # One alone first: a registry that is down is not asked by all threads at once.
            read(bases[0])
            with ThreadPoolExecutor(self._settings.concurrency) as threads:
                list(threads.map(read, bases[1:]))
        return found


class Pace:
    """Lets so many through a minute, over all threads, one a little after the other."""

    def __init__(
        self,
        per_minute: int,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """``now`` in seconds that only ever grow."""
        self._gap = 60.0 / per_minute
        self._now = now
        self._sleep = sleep
        self._lock = Lock()
        self._free = 0.0

    def wait(self) -> None:
        with self._lock:
            now = self._now()
            turn = max(self._free, now)
            self._free = turn + self._gap
        self._sleep(turn - now)


def platforms(
    registry: Registry, repository: str, digest: Digest, wait: Callable[[], None] = lambda: None
) -> tuple[str, ...]:
    """``os/architecture[/variant]`` of an image, or of every image of an index. ``wait`` is called
    before each request. Raises RegistryError, IntegrityError."""
    wait()
    manifest = registry.manifest(repository, digest)
    if manifest.descriptor.media_type in media.INDEXES:
        names = [platform for platform, _ in image.entries(repository, manifest)]
    else:
        wait()
        names = [image.platform(image.config(registry, repository, manifest))]
    # Attestations stand in an index as images of an unknown platform.
    return tuple(sorted({name for name in names if name and not name.startswith("unknown")}))
