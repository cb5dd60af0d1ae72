"""One suite for every catalog: databases of advisories, and what scans with them said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from golden_images.adapters.catalog import SqlCatalog
from golden_images.core.advisories import EPSS, OSV, AdvisoryDatabase, Fetched, ScanKey
from golden_images.ports import Catalog
from tests.contract.catalog import HOUR, START, at_once, digest
from tests.contract.conftest import Connect
from tests.contract.test_catalog_cost import counted

TICK = timedelta(microseconds=1)


def database(number: int, name: str = OSV) -> AdvisoryDatabase:
    return AdvisoryDatabase(
        name=name,
        version=f"v{number}",
        built=START + number * HOUR,
        digest=digest(f"{name} {number}"),
        records=number,
        source=f"all-{number}.zip → für alle",
        imported_at=START + number * HOUR,
    )


def key(sbom: str, number: int = 0, scanner: str = "osv", version: str = "1") -> ScanKey:
    return ScanKey(digest(sbom), scanner, version, digest(f"database {number}"))


class TestDatabases:
    def test_the_one_that_was_imported_last_is_first(self, connect: Connect) -> None:
        for number in (1, 3, 2, 3):
            connect().record_database(database(number))
        connect().record_database(replace(database(4), built=START))
        connect().record_database(database(9, EPSS))
        osv = [replace(database(4), built=START), database(3), database(2), database(1)]
        assert connect().databases(OSV) == osv
        assert connect().databases() == [database(9, EPSS), *osv]
        assert connect().databases("grype") == []

    def test_one_is_found_by_its_digest(self, connect: Connect) -> None:
        connect().record_database(database(1))
        assert connect().database(database(1).digest) == database(1)
        assert connect().database(digest("of nobody's")) is None

    def test_one_takes_the_place_of_the_one_that_is_named(self, catalog: Catalog) -> None:
        assert catalog.propose_database(database(1), digest("none")) == database(1), "nothing stood"
        assert catalog.propose_database(database(2), None) == database(1)
        assert catalog.propose_database(database(2), digest("other")) == database(1)
        assert catalog.databases() == [database(1)]
        assert catalog.propose_database(database(2), database(1).digest) == database(2)
        assert catalog.propose_database(database(2), database(1).digest) == database(2), "a retry"
        assert catalog.propose_database(database(1, EPSS), None) == database(1, EPSS), "of another name"

    def test_a_clock_that_is_behind_hides_nothing(self, catalog: Catalog) -> None:
        catalog.record_database(database(5))
        late = replace(database(1), imported_at=START)
        taken = catalog.propose_database(late, database(5).digest)
        assert taken == replace(late, imported_at=database(5).imported_at + TICK)
        assert catalog.databases(OSV)[0] == taken

    def test_an_old_one_becomes_the_current_one_again(self, catalog: Catalog) -> None:
        for number in (1, 2):
            catalog.record_database(database(number))
        again = replace(database(1), imported_at=START + 9 * HOUR)
        assert catalog.propose_database(again, database(2).digest) == again
        assert catalog.databases(OSV) == [again, database(2)]

    def test_one_of_many_at_once_wins(self, connect: Connect) -> None:
        connect().record_database(database(0))
        found = at_once(
            connect, lambda catalog, n: catalog.propose_database(database(n + 1), database(0).digest)
        )
        assert len(set(found)) == 1
        assert connect().databases(OSV) == [found[0], database(0)]


def test_what_a_source_gave_last_is_remembered(connect: Connect) -> None:
    first = Fetched("https://host.test/Debian/all.zip", '"1"', "Debian/all.zip", digest("1"))
    assert connect().fetched(first.address) is None
    connect().record_fetched(first)
    connect().record_fetched(replace(first, address="https://host.test/PyPI/all.zip"))
    connect().record_fetched(replace(first, validator='W/"2"', digest=digest("2")))
    assert connect().fetched(first.address) == replace(first, validator='W/"2"', digest=digest("2"))


class TestScans:
    def test_each_is_found_by_all_that_it_depends_on(self, connect: Connect) -> None:
        connect().record_scan(key("a"), b"{}")
        connect().record_scan(key("a"), b'{"\xc3\xbc": 1}')
        others = (key("b"), key("a", 1), key("a", 0, "grype"), key("a", 0, "osv", "2"))
        assert connect().scan(key("a")) == b'{"\xc3\xbc": 1}'
        assert [connect().scan(other) for other in others] == [None] * 4

    def test_the_last_of_each_sbom_and_scanner_are_kept(self, catalog: Catalog) -> None:
        catalog.record_scan(key("b"), b"b")
        catalog.record_scan(key("a", 0, "grype"), b"g")
        for number in range(7):
            catalog.record_scan(key("a", number), f"{number}".encode())
        kept = {key("a", number): f"{number}".encode() for number in (3, 4, 5, 6)}
        others = {key("b"): b"b", key("a", 0, "grype"): b"g"}
        asked = [key("a", number) for number in range(7)]
        assert catalog.scans([*asked, *others, key("c")]) == kept | others
        assert catalog.scans([]) == {}

    def test_many_are_asked_for_in_a_few_statements(self, tmp_path: Path) -> None:
        catalog = SqlCatalog.from_url(f"sqlite:///{tmp_path / 'catalog.db'}")
        catalog.migrate()
        catalog.record_scan(key("0"), b"0")
        with counted() as cost:
            assert catalog.scans([key(f"{number}") for number in range(1000)]) == {key("0"): b"0"}
        assert len(cost.statements) <= 5


@pytest.mark.parametrize("empty", ["clear", "refill"])
def test_a_rebuild_keeps_them(catalog: Catalog, empty: str) -> None:
    catalog.record_database(database(1))
    catalog.record_scan(key("a"), b"a")
    if empty == "clear":
        catalog.clear()
    else:
        catalog.refill(releases=[], identical={}, evidence=[], judgements=[], moves=[])
    assert catalog.databases() == [database(1)]
    assert catalog.scan(key("a")) == b"a"
