"""What the contract of every subject of the catalog is asked with."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TypeVar

from golden_images.core.digest import Digest
from golden_images.core.reason import Reason, Why
from golden_images.core.release import BaseVersion, ChannelMove, Release
from golden_images.ports import Catalog
from tests.contract.conftest import Connect

IMAGE = "python-runtime"
BASE = "docker.io/library/debian:bookworm-slim"
#: With microseconds, because databases differ in what they keep.
START = datetime(2026, 11, 23, 2, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)
#: At once.
WRITERS = 8

_T = TypeVar("_T")


def digest(text: str) -> Digest:
    return Digest.of(text.encode())


def release(number: int, image: str = IMAGE, *, backfill: bool = False) -> Release:
    return Release(
        image=image,
        version=f"2026.11.{number:02d}-{number:08x}",
        digest=digest(f"{image} {number}"),
        build_id=f"{number:064x}",
        reason=Reason(why=Why.BASE_CHANGED, old="sha256:a", new="sha256:b", detail="näher → weiter"),
        released_at=START + number * HOUR,
        plan=digest(f"plan {number}"),
        base_name="localhost:5000/golden/debian-base",
        base_digest=str(digest("base")),
        backfill=backfill,
        facts={"size_bytes": 12_345_678_901, "packages": 88},
    )


def move(number: int, channel: str = "dev", image: str = IMAGE, at: datetime | None = None) -> ChannelMove:
    previous = str(digest(f"{number - 1}")) if number else ""
    return ChannelMove(image, channel, digest(f"{number}"), previous, at or START + number * HOUR, "airflow")


def base(name: str, hour: int, source: str = "tags", at: datetime | None = None) -> BaseVersion:
    return BaseVersion(
        base=BASE,
        digest=digest(name),
        at=at or START.replace(microsecond=0) + hour * HOUR - timedelta(days=400),
        platforms=("linux/amd64", "linux/arm64/v8"),
        tag="bookworm-slim",
        source=source,
    )


def names(versions: list[BaseVersion]) -> list[str]:
    """``A3`` is digest A, hour 3."""
    letters = {digest(letter): letter for letter in "ABCDEF"}
    start = base("A", 0).at
    return [f"{letters[each.digest]}{(each.at - start) // HOUR}" for each in versions]


def at_once(connect: Connect, work: Callable[[Catalog, int], _T]) -> list[_T]:
    barrier = Barrier(WRITERS)

    def one(number: int) -> _T:
        catalog = connect()
        barrier.wait(timeout=60)
        return work(catalog, number)

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(one, range(WRITERS)))
