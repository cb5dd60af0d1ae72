"""What the base watch asks of every catalog: in memory, SQLite, PostgreSQL."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

from golden_images.core.digest import Digest
from golden_images.core.release import BaseVersion
from golden_images.core.watching import Settlement, StageBase, Wake, Watched
from golden_images.ports import Catalog
from tests.contract.conftest import Connect

BASE = "docker.io/library/debian:bookworm-slim"
OTHER = "ghcr.io/team/runtime:1"
#: Past, for the databases have clocks of their own.
START = datetime(2025, 11, 23, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
A, B = Digest.of(b"A"), Digest.of(b"B")


def seen(digest: Digest, minute: int = 0, base: str = BASE) -> Watched:
    return Watched(base, digest, START + minute * MINUTE, ("linux/amd64", "linux/arm64/v8"))


def version(digest: Digest, minute: int = 0, base: str = BASE) -> BaseVersion:
    """What is settled: dated by the first sight."""
    return BaseVersion(base, digest, START + minute * MINUTE, ("linux/amd64", "linux/arm64/v8"), "1", "watch")


def test_what_was_seen_is_read_back_whole_by_another_client(connect: Connect) -> None:
    assert connect().watched() == {}
    assert connect().observe([]) == {}
    both = {BASE: seen(A), OTHER: seen(B, base=OTHER)}
    assert connect().observe([*both.values()]) == both
    assert connect().watched() == both


def test_the_same_digest_keeps_the_time_of_its_first_sight(catalog: Catalog) -> None:
    catalog.observe([seen(A)])
    assert catalog.observe([seen(A, 5), seen(B, 5, OTHER)]) == {BASE: seen(A), OTHER: seen(B, 5, OTHER)}
    assert catalog.watched() == {BASE: seen(A), OTHER: seen(B, 5, OTHER)}


def test_another_digest_begins_anew(catalog: Catalog) -> None:
    catalog.observe([seen(A)])
    settled = replace(seen(A), settled=START)
    assert catalog.settle([version(A)]).rows == {BASE: settled}
    assert catalog.watched() == {BASE: settled}
    assert catalog.observe([seen(A, 1)]) == {BASE: settled}
    assert catalog.observe([seen(B, 2)]) == {BASE: seen(B, 2)}, "not settled"
    assert catalog.base_versions(BASE) == [version(A)]


def test_only_what_the_base_still_is_settles(catalog: Catalog) -> None:
    catalog.observe([seen(A), seen(A, base=OTHER)])
    catalog.observe([seen(B, 1)])
    assert catalog.settle([]) == Settlement()
    made = catalog.settle([version(A), version(A, base=OTHER), version(A, base="never/seen:1")])
    assert (set(made.rows), made.refused) == ({OTHER}, {})
    assert catalog.watched()[BASE] == seen(B, 1)
    assert catalog.bases() == [OTHER], "nor in the ledger"


def test_what_is_settled_already_stays_as_it_is(catalog: Catalog) -> None:
    catalog.observe([seen(A)])
    first = catalog.settle([version(A)])
    assert first.news == [version(A)]
    catalog.record_base_version(replace(version(B, 3), source="import"))
    again = catalog.settle([version(A, 5)])
    assert (again.rows, again.news) == (first.rows, [])
    assert catalog.base_versions(BASE) == [version(A), replace(version(B, 3), source="import")]


def test_a_version_that_is_refused_does_not_stop_the_others(catalog: Catalog) -> None:
    future = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    ahead = replace(seen(A), since=future)
    catalog.observe([ahead, seen(B, base=OTHER)])
    made = catalog.settle([replace(version(A), at=future), version(B, base=OTHER)])
    assert set(made.rows) == {OTHER}
    assert "lies in the future" in str(made.refused[BASE])
    assert catalog.watched() == {BASE: ahead, OTHER: replace(seen(B, base=OTHER), settled=START)}
    assert catalog.bases() == [OTHER]


def test_a_version_comes_after_what_it_replaces_and_keeps_a_time_that_is_known(catalog: Catalog) -> None:
    catalog.record_base_version(replace(version(A, 9), source="tags"))
    catalog.record_base_version(replace(version(A, -9, OTHER), source="tags"))
    catalog.observe([seen(B), seen(A, base=OTHER)])
    rows = catalog.settle([version(B), version(A, base=OTHER)]).rows
    assert rows[BASE].settled == START + 9 * MINUTE + timedelta(seconds=1)
    assert rows[OTHER].settled == START - 9 * MINUTE
    assert [len(catalog.base_versions(base)) for base in (BASE, OTHER)] == [2, 1]


def test_thousands_at_a_time(catalog: Catalog) -> None:
    bases = [f"{OTHER}-{number:04}" for number in range(1200)]
    rows = catalog.observe([seen(A, base=base) for base in bases])
    assert rows == catalog.watched() == {base: seen(A, base=base) for base in bases}
    made = catalog.settle([version(A, base=base) for base in bases])
    assert set(made.rows) == set(bases)
    assert catalog.watched() == made.rows
    assert catalog.histories(bases) == {base: [version(A, base=base)] for base in bases}


def test_histories_are_the_versions_of_each_since_then(catalog: Catalog) -> None:
    for each in (version(A), version(B, 2), version(A, 4), version(B, 1, OTHER), version(B, 3, OTHER)):
        catalog.record_base_version(replace(each, source="tags"))
    found = catalog.histories([BASE, OTHER, "nobody/knows:this"], since=START + 2 * MINUTE)
    assert {base: [one.digest for one in of] for base, of in found.items()} == {
        BASE: [B, A],
        OTHER: [],
        "nobody/knows:this": [],
    }
    assert catalog.histories([]) == {}


def test_a_poke_is_taken_once_and_only_for_what_is_watched(catalog: Catalog) -> None:
    catalog.observe([seen(A)])
    catalog.observe([seen(A, base=OTHER)])
    assert catalog.take_pokes() == []
    catalog.poke([])
    catalog.poke([BASE, "nobody/knows:this"])
    catalog.poke([BASE])
    assert catalog.take_pokes() == [BASE]
    assert catalog.take_pokes() == []


def test_a_poke_survives_a_change_of_digest(catalog: Catalog) -> None:
    catalog.observe([seen(A)])
    catalog.poke([BASE])
    catalog.observe([seen(B, 1)])
    assert catalog.take_pokes() == [BASE]


def test_the_last_wake_of_image_and_base_counts(catalog: Catalog) -> None:
    first, other = Wake("web", BASE, A, START), Wake("web", OTHER, A, START)
    later = Wake("web", BASE, B, START + MINUTE)
    assert catalog.wakes() == []
    catalog.record_wakes([])
    catalog.record_wakes([first, other, Wake("api", BASE, A, START)])
    catalog.record_wakes([first, later])
    assert catalog.wakes() == [Wake("api", BASE, A, START), later, other]


def test_the_bases_of_build_stages_are_those_of_the_newest_plan(catalog: Catalog) -> None:
    first, second = StageBase(BASE, A, ("linux/amd64",)), StageBase(OTHER, B, ("linux/amd64", "linux/arm64"))
    assert catalog.stage_bases() == {}
    catalog.set_stage_bases("web", [])
    catalog.set_stage_bases("web", [second, first])
    catalog.set_stage_bases("api", [first])
    assert catalog.stage_bases() == {"api": [first], "web": [first, second]}
    catalog.set_stage_bases("web", [second])
    catalog.set_stage_bases("api", [])
    assert catalog.stage_bases() == {"web": [second]}


def test_of_two_plans_of_one_image_one_stands_whole(connect: Connect) -> None:
    each = [[StageBase(base, digest, ()) for base in (BASE, OTHER)] for digest in (A, B)]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda found: connect().set_stage_bases("web", found), each * 8))
    assert connect().stage_bases()["web"] in each


def test_a_rebuild_forgets_nothing_of_it(catalog: Catalog) -> None:
    catalog.observe([seen(A)])
    catalog.record_wakes([Wake("web", BASE, A, START)])
    catalog.clear()
    assert catalog.watched() == {BASE: seen(A)}
    assert catalog.wakes() == [Wake("web", BASE, A, START)]


def test_watches_that_see_one_change_at_once_agree_on_its_time(connect: Connect) -> None:
    connect().observe([seen(A)])
    watches = 8
    barrier = Barrier(watches)

    def see(number: int) -> Watched:
        catalog = connect()
        barrier.wait(timeout=60)
        return catalog.observe([seen(B, 1 + number)])[BASE]

    with ThreadPoolExecutor(watches) as pool:
        rows = set(pool.map(see, range(watches)))
    assert rows == {connect().watched()[BASE]}


def test_watches_that_write_many_bases_in_any_order_do_not_stop_each_other(connect: Connect) -> None:
    bases = [f"{OTHER}-{number:03}" for number in range(100)]
    connect().observe([seen(A, base=base) for base in bases])
    watches = 4
    barrier = Barrier(watches)

    def see(number: int) -> dict[str, Watched]:
        catalog = connect()
        order = random.Random(number).sample(bases, len(bases))
        barrier.wait(timeout=60)
        rows = catalog.observe([seen(B, 1 + number, base) for base in order])
        catalog.poke(order)
        return catalog.settle([version(B, base=base) for base in rows]).rows

    with ThreadPoolExecutor(watches) as pool:
        found = list(pool.map(see, range(watches)))
    assert found == [connect().watched()] * watches
    assert {len(of) for of in connect().histories(bases).values()} == {1}
