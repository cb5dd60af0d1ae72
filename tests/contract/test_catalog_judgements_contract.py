"""What releases met later, and what they fall short of."""

from __future__ import annotations

from dataclasses import replace

from golden_images.core.release import Judgement, Shortfall
from golden_images.ports import Catalog
from tests.contract.catalog import HOUR, IMAGE, START, digest, release
from tests.contract.conftest import Connect


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
