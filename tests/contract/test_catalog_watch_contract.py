"""What the base watch asks of every catalog: in memory, SQLite, PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

from golden_images.core.digest import Digest
from golden_images.core.watching import Wake, Watched
from golden_images.ports import Catalog
from tests.contract.conftest import Connect

BASE = "docker.io/library/debian:bookworm-slim"
OTHER = "ghcr.io/team/runtime:1"
START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
A, B = Digest.of(b"A"), Digest.of(b"B")


def seen(digest: Digest, minute: int = 0, base: str = BASE) -> Watched:
    return Watched(base, digest, START + minute * MINUTE, ("linux/amd64", "linux/arm64/v8"))


def test_what_was_seen_is_read_back_whole_by_another_client(connect: Connect) -> None:
    assert connect().watched() == {}
    assert connect().observe(seen(A)) == seen(A)
    connect().observe(seen(B, base=OTHER))
    assert connect().watched() == {BASE: seen(A), OTHER: seen(B, base=OTHER)}


def test_the_same_digest_keeps_the_time_of_its_first_sight(catalog: Catalog) -> None:
    catalog.observe(seen(A))
    assert catalog.observe(seen(A, 5)) == seen(A)
    assert catalog.watched() == {BASE: seen(A)}


def test_another_digest_begins_anew(catalog: Catalog) -> None:
    catalog.observe(seen(A))
    assert catalog.settle(BASE, A, START)
    assert catalog.watched()[BASE] == replace(seen(A), settled=START)
    assert catalog.observe(seen(A, 1)).settled == START
    assert catalog.observe(seen(B, 2)) == seen(B, 2), "not settled"


def test_only_what_the_base_still_is_settles(catalog: Catalog) -> None:
    catalog.observe(seen(A))
    catalog.observe(seen(B, 1))
    assert not catalog.settle(BASE, A, START)
    assert not catalog.settle(OTHER, A, START)
    assert catalog.watched() == {BASE: seen(B, 1)}
    assert catalog.settle(BASE, B, START)
    assert catalog.settle(BASE, B, START), "again is no error"


def test_a_poke_is_taken_once_and_only_for_what_is_watched(catalog: Catalog) -> None:
    catalog.observe(seen(A))
    catalog.observe(seen(A, base=OTHER))
    assert catalog.take_pokes() == []
    catalog.poke([])
    catalog.poke([BASE, "nobody/knows:this"])
    catalog.poke([BASE])
    assert catalog.take_pokes() == [BASE]
    assert catalog.take_pokes() == []


def test_a_poke_survives_a_change_of_digest(catalog: Catalog) -> None:
    catalog.observe(seen(A))
    catalog.poke([BASE])
    catalog.observe(seen(B, 1))
    assert catalog.take_pokes() == [BASE]


def test_the_last_wake_of_image_and_base_counts(catalog: Catalog) -> None:
    first, other = Wake("web", BASE, A, START), Wake("web", OTHER, A, START)
    later = Wake("web", BASE, B, START + MINUTE)
    assert catalog.wakes() == []
    catalog.record_wakes([])
    catalog.record_wakes([first, other, Wake("api", BASE, A, START)])
    catalog.record_wakes([first, later])
    assert catalog.wakes() == [Wake("api", BASE, A, START), later, other]


def test_a_rebuild_forgets_nothing_of_it(catalog: Catalog) -> None:
    catalog.observe(seen(A))
    catalog.record_wakes([Wake("web", BASE, A, START)])
    catalog.clear()
    assert catalog.watched() == {BASE: seen(A)}
    assert catalog.wakes() == [Wake("web", BASE, A, START)]


def test_watches_that_see_one_change_at_once_agree_on_its_time(connect: Connect) -> None:
    connect().observe(seen(A))
    watches = 8
    barrier = Barrier(watches)

    def see(number: int) -> Watched:
        catalog = connect()
        barrier.wait(timeout=60)
        return catalog.observe(seen(B, 1 + number))

    with ThreadPoolExecutor(watches) as pool:
        rows = set(pool.map(see, range(watches)))
    assert rows == {connect().watched()[BASE]}
