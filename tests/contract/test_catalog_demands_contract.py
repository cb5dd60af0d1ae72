"""One suite for every catalog: what releases met later, what they fall short of, and questions in sets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from golden_images.adapters.catalog import SqlCatalog
from golden_images.core.release import Judgement, Shortfall
from golden_images.ports import Catalog
from tests.contract.conftest import Connect
from tests.contract.test_catalog_contract import HOUR, IMAGE, START, digest, release
from tests.contract.test_catalog_cost import counted


def judgement(number: int) -> Judgement:
    of = release(1)
    demands = digest(f"demands {number}")
    return Judgement(IMAGE, of.version, of.digest, demands, digest("plan"), START + number * HOUR)


def shortfall(stage: str, hour: int = 0, image: str = IMAGE) -> Shortfall:
    return Shortfall(image, stage, digest("r"), digest("d"), f"{stage} sagt nein → 3", START + hour * HOUR)


def test_judgements_are_of_one_release_newest_first_and_once(connect: Connect) -> None:
    for number in (1, 3, 2, 3):
        connect().record_judgement(judgement(number))
    other = replace(judgement(4), digest=digest("other"))
    connect().record_judgement(other)
    found = connect().judgements(IMAGE, release(1).digest)
    assert found == [judgement(3), judgement(2), judgement(1)]
    assert connect().judgements("other", release(1).digest) == []


def test_shortfalls_are_one_a_stage_and_set_as_a_whole(catalog: Catalog) -> None:
    catalog.set_shortfalls(IMAGE, [shortfall("resolve")])
    catalog.record_shortfall(shortfall("test", 2))
    catalog.record_shortfall(shortfall("lint", 1))
    catalog.record_shortfall(shortfall("lint", 3))
    catalog.record_shortfall(shortfall("lint", 1, "other"))
    assert catalog.shortfalls([IMAGE, "other", "nothing"]) == {
        IMAGE: [shortfall("resolve"), shortfall("test", 2), shortfall("lint", 3)],
        "other": [shortfall("lint", 1, "other")],
    }
    for demands, stage in ((digest("other"), None), (digest("d"), "lint"), (digest("d"), "lint")):
        catalog.drop_shortfalls(IMAGE, digest("r"), demands, stage)
    assert [one.stage for one in catalog.shortfalls([IMAGE])[IMAGE]] == ["resolve", "test"]
    catalog.set_shortfalls(IMAGE, [])
    assert catalog.shortfalls([IMAGE]) == {}
    assert catalog.shortfalls([]) == {}
    catalog.record_shortfall(shortfall("test"))
    catalog.drop_shortfalls("other", digest("r"), digest("d"))
    assert list(catalog.shortfalls([IMAGE, "other"])) == [IMAGE]


def test_judgements_are_cleared_and_shortfalls_stay(catalog: Catalog) -> None:
    catalog.record_judgement(judgement(1))
    catalog.record_shortfall(shortfall("lint"))
    catalog.clear()
    assert catalog.judgements(IMAGE, release(1).digest) == []
    assert catalog.shortfalls([IMAGE]) == {IMAGE: [shortfall("lint")]}


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
