"""Releases: what is found, what is current, what became of them; who may make them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path
from threading import Barrier

import pytest

from golden_images.adapters.catalog import SqlCatalog
from golden_images.core.digest import Digest
from golden_images.core.release import ReleaseState
from golden_images.errors import IntegrityError
from golden_images.ports import Catalog
from tests.contract.catalog import HOUR, IMAGE, digest, release
from tests.contract.conftest import Connect
from tests.contract.test_catalog_cost import counted

BUILD = "b" * 64


class TestReleases:
    def test_an_empty_catalog_knows_nothing(self, catalog: Catalog) -> None:
        assert catalog.images() == []
        assert catalog.releases(IMAGE) == []
        assert catalog.current(IMAGE) is None
        assert catalog.release_by_digest(digest("x")) is None
        assert catalog.release_of_build(IMAGE, "0" * 64) is None

    def test_a_release_is_read_back_whole_by_another_client(self, connect: Connect) -> None:
        connect().record_release(release(1))
        found = connect().release_by_digest(release(1).digest)
        assert found == release(1)
        assert found.released_at.utcoffset() == timedelta(0)

    def test_a_time_in_another_zone_is_the_same_time(self, catalog: Catalog) -> None:
        berlin = timezone(HOUR)
        catalog.record_release(replace(release(1), released_at=release(1).released_at.astimezone(berlin)))
        assert catalog.releases(IMAGE) == [release(1)]

    def test_releases_are_newest_first_and_of_one_image(self, catalog: Catalog) -> None:
        for each in (release(2), release(1), release(3), release(9, "nginx")):
            catalog.record_release(each)
        assert catalog.releases(IMAGE) == [release(3), release(2), release(1)]
        assert catalog.images() == ["nginx", IMAGE]

    def test_current_is_the_newest_that_is_no_backfill(self, catalog: Catalog) -> None:
        for each in (release(1), release(2), release(3, backfill=True)):
            catalog.record_release(each)
        assert catalog.current(IMAGE) == release(2)

    def test_the_current_ones_of_many_are_those_of_each(self, catalog: Catalog) -> None:
        first, again = release(7, "nginx"), replace(release(8, "nginx"), released_at=release(7).released_at)
        for each in (release(2), release(1), release(3, backfill=True), again, first, release(4, "other")):
            catalog.record_release(each)
        catalog.record_release(release(5, "only-backfills", backfill=True))
        found = catalog.currents([IMAGE, "nginx", "only-backfills", "unknown"])
        assert found == {IMAGE: catalog.current(IMAGE), "nginx": catalog.current("nginx")}
        assert found == {IMAGE: release(2), "nginx": again}
        assert catalog.currents([]) == {}

    def test_releases_are_found_by_version_and_by_the_first_digits_of_their_digest(
        self, catalog: Catalog
    ) -> None:
        one, same_version, another = release(1), release(1, "nginx"), release(2)
        for each in (one, same_version, another):
            catalog.record_release(each)
        assert catalog.find_releases(one.version) == [same_version, one]
        assert catalog.find_releases("", another.digest.hex[:6]) == [another]
        assert catalog.find_releases(one.version, another.digest.hex) == [another, same_version, one]
        assert catalog.find_releases("unknown", "0" * 8) == []
        assert catalog.find_releases("") == []

    def test_the_same_release_again_changes_nothing(self, catalog: Catalog) -> None:
        catalog.record_release(release(1))
        catalog.record_release(release(1))
        assert catalog.releases(IMAGE) == [release(1)]

    def test_a_version_never_moves_to_another_digest(self, catalog: Catalog) -> None:
        catalog.record_release(release(1))
        with pytest.raises(IntegrityError, match=release(1).version):
            catalog.record_release(replace(release(1), digest=digest("other")))
        assert catalog.releases(IMAGE) == [release(1)]

    def test_a_release_is_found_by_its_build_and_by_an_identical_one(self, catalog: Catalog) -> None:
        catalog.record_release(release(1))
        catalog.record_identical(IMAGE, "f" * 64, release(1).digest)
        catalog.record_identical(IMAGE, "f" * 64, release(1).digest)
        assert catalog.release_of_build(IMAGE, release(1).build_id) == release(1)
        assert catalog.release_of_build(IMAGE, "f" * 64) == release(1)
        assert catalog.release_of_build("nginx", "f" * 64) is None


class TestStates:
    def test_a_release_is_good_until_it_is_revoked(self, catalog: Catalog) -> None:
        for number in (1, 2):
            catalog.record_release(release(number))
        catalog.set_release_state(IMAGE, release(2).digest, ReleaseState.REVOKED)
        revoked = replace(release(2), state=ReleaseState.REVOKED)
        assert catalog.current(IMAGE) == release(1)
        assert catalog.currents([IMAGE]) == {IMAGE: release(1)}
        assert catalog.releases(IMAGE) == [revoked, release(1)]
        assert catalog.release_by_digest(release(2).digest) == revoked
        assert catalog.release_of_build(IMAGE, release(2).build_id) == revoked
        assert catalog.releases_of_builds(IMAGE, [release(2).build_id]) == {release(2).build_id: revoked}
        assert catalog.find_releases(release(2).version) == [revoked]
        assert catalog.releases_on(IMAGE, [release(2).base_digest]) == [revoked, release(1)]
        catalog.set_release_state(IMAGE, release(2).digest, ReleaseState.GOOD)
        assert catalog.current(IMAGE) == release(2)

    def test_the_same_digest_of_another_image_is_none_of_it(self, catalog: Catalog) -> None:
        twin = replace(release(1, "nginx"), digest=release(1).digest)
        for each in (release(1), twin):
            catalog.record_release(each)
        catalog.set_release_state(IMAGE, release(1).digest, ReleaseState.REVOKED)
        assert catalog.current(IMAGE) is None
        assert catalog.current("nginx") == twin

    def test_neither_a_retry_nor_a_rebuild_takes_it_back(self, catalog: Catalog) -> None:
        catalog.record_release(release(1))
        catalog.set_release_state(IMAGE, release(1).digest, ReleaseState.REVOKED)
        catalog.record_release(release(1))
        assert catalog.current(IMAGE) is None
        catalog.clear()
        catalog.record_release(release(1))
        assert catalog.current(IMAGE) is None

    def test_what_is_revoked_holds_its_build_no_longer(self, catalog: Catalog) -> None:
        catalog.record_release(release(1))
        build = release(1).build_id
        assert catalog.claim(IMAGE, build, digest("new")) == release(1).digest
        catalog.set_release_state(IMAGE, release(1).digest, ReleaseState.REVOKED)
        assert catalog.claim(IMAGE, build, digest("new")) == digest("new")
        assert catalog.claim(IMAGE, build, digest("late")) == digest("new")


class TestClaims:
    def test_the_first_caller_wins(self, connect: Connect) -> None:
        assert connect().claim(IMAGE, "b", digest("1")) == digest("1")
        assert connect().claim(IMAGE, "b", digest("2")) == digest("1")
        assert connect().claim("nginx", "b", digest("3")) == digest("3")

    def test_what_is_given_up_by_its_digest_gives_way(self, catalog: Catalog) -> None:
        catalog.claim(IMAGE, "b", digest("1"))
        assert catalog.claim(IMAGE, "b", digest("2"), digest("another")) == digest("1")
        assert catalog.claim(IMAGE, "b", digest("2"), digest("1")) == digest("2")
        assert catalog.claim(IMAGE, "b", digest("3"), digest("1")) == digest("2")

    def test_what_is_released_gives_way_to_nobody(self, catalog: Catalog) -> None:
        catalog.record_release(release(1))
        stands = release(1).digest
        assert catalog.claim(IMAGE, release(1).build_id, digest("new"), stands) == stands

    def test_one_wins_among_many_at_once(self, connect: Connect) -> None:
        callers = 16
        barrier = Barrier(callers)

        def call(number: int) -> list[Digest]:
            catalog = connect()
            barrier.wait(timeout=60)
            return [catalog.claim(IMAGE, f"build {build}", digest(f"{number}")) for build in range(5)]

        with ThreadPoolExecutor(callers) as pool:
            answers = list(pool.map(call, range(callers)))
        for build in range(5):
            assert len({answer[build] for answer in answers}) == 1
            assert connect().claim(IMAGE, f"build {build}", digest("late")) == answers[0][build]

    def test_a_release_claims_its_build(self, catalog: Catalog) -> None:
        catalog.record_release(release(1))
        assert catalog.claim(IMAGE, release(1).build_id, digest("late")) == release(1).digest


def test_many_builds_are_found_as_each_is(catalog: Catalog) -> None:
    for number in (1, 2, 3):
        catalog.record_release(release(number))
    catalog.record_release(release(4, "other"))
    catalog.record_identical(IMAGE, "a" * 64, release(2).digest)
    catalog.record_identical(IMAGE, "b" * 64, digest("gone"))
    catalog.record_identical(IMAGE, release(3).build_id, release(1).digest)
    wanted = [release(1).build_id, release(3).build_id, "a" * 64, "b" * 64, "c" * 64, release(4).build_id]
    found = catalog.releases_of_builds(IMAGE, wanted)
    assert found == {id_: one for id_ in wanted if (one := catalog.release_of_build(IMAGE, id_))}
    assert found["a" * 64] == release(2)
    assert found[release(3).build_id] == release(3), "its own comes first"
    assert catalog.releases_of_builds(IMAGE, []) == {}


@pytest.mark.parametrize("count", [1, 1200])
def test_releases_on_bases_are_newest_first(catalog: Catalog, count: int) -> None:
    on = [replace(release(number), base_digest=digest(f"base {number % 2}")) for number in (1, 2, 3, 4)]
    for one in on:
        catalog.record_release(replace(one, source_id="5" * 64))
    bases = [digest(f"base {number}") for number in range(1, 1 + count)]
    found = catalog.releases_on(IMAGE, bases)
    assert [one.version for one in found] == [release(3).version, release(1).version]
    assert found[0].source_id == "5" * 64
    assert catalog.releases_on("other", bases) == []
    assert catalog.releases_on(IMAGE, []) == []


@pytest.mark.parametrize("count", [1, 300])
def test_many_are_asked_for_in_a_few_statements(tmp_path: Path, count: int) -> None:
    catalog = SqlCatalog.from_url(f"sqlite:///{tmp_path / 'catalog.db'}")
    catalog.migrate()
    catalog.record_release(release(1))
    catalog.record_identical(IMAGE, "a" * 64, release(1).digest)
    with counted() as cost:
        catalog.releases_of_builds(IMAGE, ["a" * 64, *(f"{number:064x}" for number in range(count))])
        catalog.releases_on(IMAGE, [digest(f"{number}") for number in range(count)])
    assert len(cost.statements) <= 4
