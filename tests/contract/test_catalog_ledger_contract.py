"""The versions that bases had."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from golden_images.errors import InputError
from golden_images.ports import Catalog
from tests.contract.catalog import BASE, HOUR, base, names
from tests.contract.conftest import Connect


def test_a_version_is_read_back_whole_and_only_once(connect: Connect) -> None:
    assert connect().record_base_version(base("A", 1)) is True
    assert connect().record_base_version(base("A", 1)) is False
    assert connect().record_base_version(replace(base("A", 1), source="import", tag="x")) is False
    assert connect().base_versions(BASE) == [base("A", 1)]
    assert connect().bases() == [BASE]


def test_times_are_whole_seconds(catalog: Catalog) -> None:
    exact = base("A", 1)
    assert catalog.record_base_version(replace(exact, at=exact.at.replace(microsecond=999_999)))
    assert not catalog.record_base_version(exact)
    assert catalog.base_versions(BASE) == [exact]


def test_what_comes_late_takes_its_place_in_the_past(catalog: Catalog) -> None:
    for each in (base("C", 3), base("A", 1), base("B", 2)):
        assert catalog.record_base_version(each) is True
    assert names(catalog.base_versions(BASE)) == ["A1", "B2", "C3"]
    assert catalog.base_versions(BASE)[-1] == base("C", 3)


def test_a_window_includes_its_bounds(catalog: Catalog) -> None:
    for number, letter in enumerate("ABCD", start=1):
        catalog.record_base_version(base(letter, number))
    since, until = base("B", 2).at, base("C", 3).at
    assert names(catalog.base_versions(BASE, since, until)) == ["B2", "C3"]
    assert names(catalog.base_versions(BASE, since=since)) == ["B2", "C3", "D4"]
    assert names(catalog.base_versions(BASE, until=until)) == ["A1", "B2", "C3"]


def test_a_tag_that_moved_back_is_a_new_version(catalog: Catalog) -> None:
    for each in (base("A", 1), base("B", 2)):
        catalog.record_base_version(each)
    assert catalog.record_base_version(base("A", 3, "watch")) is True
    assert names(catalog.base_versions(BASE)) == ["A1", "B2", "A3"]
    assert catalog.base_versions(BASE)[-1] == base("A", 3, "watch")


def test_the_watch_does_not_record_what_the_base_is_already(catalog: Catalog) -> None:
    assert catalog.record_base_version(base("A", 1, "watch")) is True
    assert catalog.record_base_version(base("A", 2, "watch")) is False
    assert catalog.record_base_version(base("B", 3, "watch")) is True
    assert catalog.record_base_version(base("A", 2, "watch")) is False, "late, and no news then"
    assert names(catalog.base_versions(BASE)) == ["A1", "B3"]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (0, 3, 1, 2), (2, 0, 3, 1)])
def test_the_versions_do_not_depend_on_the_order_of_arrival(catalog: Catalog, order: tuple[int, ...]) -> None:
    facts = [base("A", 1), base("A", 2), base("B", 3), base("A", 4)]
    for index in order:
        assert catalog.record_base_version(facts[index]) is True
    assert names(catalog.base_versions(BASE)) == ["A1", "B3", "A4"]


def test_a_repeated_digest_is_dated_by_its_first_fact_also_in_a_window(catalog: Catalog) -> None:
    for each in (base("A", 1), base("A", 2), base("B", 3), base("B", 4)):
        catalog.record_base_version(each)
    assert catalog.base_versions(BASE, base("A", 2).at) == [base("B", 3)]
    assert catalog.base_versions(BASE)[-1] == base("B", 3)


def test_two_digests_at_the_same_second_stay_in_order_of_arrival(catalog: Catalog) -> None:
    for each in (base("D", 1), base("A", 1), base("C", 1), base("B", 0)):
        assert catalog.record_base_version(each) is True
    assert names(catalog.base_versions(BASE)) == ["B0", "D1", "A1", "C1"]
    assert catalog.base_versions(BASE)[-1] == base("C", 1)


def test_many_are_recorded_as_if_one_came_after_the_other(connect: Connect) -> None:
    other = replace(base("A", 1), base="debian-base")
    watched = [base("B", 3, "watch"), base("C", 5, "watch"), base("C", 6, "watch"), base("B", 4, "watch")]
    many = [base("B", 2), base("A", 1), base("A", 1), base("D", 1), other, *watched]
    assert connect().record_base_version(base("A", 1)) is True
    assert connect().record_base_versions([]) == 0
    assert connect().record_base_versions(many) == 4
    assert connect().record_base_versions(many) == 0
    assert names(connect().base_versions(BASE)) == ["A1", "D1", "B2", "C5"]
    assert connect().base_versions("debian-base") == [other]


def test_of_many_with_one_of_the_future_none_is_recorded(catalog: Catalog) -> None:
    with pytest.raises(InputError, match="lies in the future"):
        catalog.record_base_versions([base("A", 1), base("B", 0, at=datetime.now(UTC) + HOUR)])
    assert catalog.bases() == []


def test_the_future_is_refused_beyond_a_tolerance(catalog: Catalog) -> None:
    now = datetime.now(UTC)
    with pytest.raises(InputError, match="lies in the future") as caught:
        catalog.record_base_version(base("A", 0, at=now + HOUR))
    assert "clock" in caught.value.remedy
    assert catalog.base_versions(BASE) == []
    assert catalog.record_base_version(base("A", 0, at=now + timedelta(minutes=2))) is True


def test_bases_do_not_mix(catalog: Catalog) -> None:
    catalog.record_base_version(base("A", 1))
    catalog.record_base_version(replace(base("B", 2), base="debian-base", source="release"))
    assert catalog.base_versions(BASE) == [base("A", 1)]
    assert catalog.base_versions("nothing") == []
    assert catalog.bases() == ["debian-base", BASE]


def test_of_many_watches_that_see_one_change_one_records_it(connect: Connect) -> None:
    watches = 12
    barrier = Barrier(watches)

    def see(number: int) -> bool:
        catalog = connect()
        barrier.wait(timeout=60)
        at = base("A", 1).at + timedelta(seconds=1)
        return catalog.record_base_version(base("A", 1, "watch", at=at))

    with ThreadPoolExecutor(watches) as pool:
        assert sum(pool.map(see, range(watches))) == 1
