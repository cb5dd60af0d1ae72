"""The base first, its children through it; asked for once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from random import Random

import pytest

from golden_images.core.graph import ImageGraph
from golden_images.core.rescanning.known import KnownFinding
from golden_images.core.rescanning.rebuilds import Rebuilds, rebuilds, still_asked

GRAPH = ImageGraph.of({"root": None, "child": "root", "grandchild": "child", "other": None})


def finding(id_: str = "CVE-1", package: str = "openssl@1", fixed: str = "2") -> KnownFinding:
    return KnownFinding(
        id=id_,
        package=f"pkg:deb/debian/{package}",
        fixed=(fixed,) if fixed else (),
        since=datetime(2026, 11, 24, tzinfo=UTC),
    )


def planned(
    findings: Mapping[str, list[KnownFinding]],
    *,
    follows: Collection[str] = ("child", "grandchild"),
    asked: Mapping[str, Collection[str]] | None = None,
    failed: Collection[str] = (),
    unable: Mapping[str, str] | None = None,
) -> Rebuilds:
    return rebuilds(GRAPH, findings, follows=follows, asked=asked or {}, failed=failed, unable=unable or {})


def test_the_base_is_built_and_its_children_through_it() -> None:
    everywhere = {name: [finding()] for name in ("grandchild", "child", "root")}
    found = planned(everywhere)
    assert found.builds == {"root": (finding(),)}
    assert found.through == {"child": "root", "grandchild": "root"}


def test_what_is_in_the_child_alone_is_the_childs() -> None:
    own = finding("CVE-2", "jq@1")
    found = planned({"root": [], "child": [own], "grandchild": [own]})
    assert found.builds == {"child": (own,)}
    assert found.through == {"grandchild": "child"}


def test_a_child_on_a_base_that_is_mended_already_is_built_itself() -> None:
    found = planned({"root": [finding(package="openssl@2", id_="CVE-9", fixed="")], "child": [finding()]})
    assert found.builds == {"child": (finding(),)}


def test_the_same_vulnerability_of_another_version_is_the_childs() -> None:
    newer = finding(package="openssl@1.5")
    found = planned({"root": [finding()], "child": [newer]}, asked={"root": [finding().mark]})
    assert found.builds == {"child": (newer,)}


def test_without_a_fix_nothing_is_built() -> None:
    assert planned({"root": [finding(fixed="")]}) == Rebuilds()


def test_one_that_its_base_does_not_wake_is_built_after_it() -> None:
    both = {"root": [finding()], "child": [finding(), finding("CVE-2", "jq@1")]}
    found = planned(both, follows=())
    assert found.builds == {"root": (finding(),), "child": (finding("CVE-2", "jq@1"),)}
    late = planned({"root": [], "child": both["child"]}, follows=())
    assert late.builds == {"child": tuple(both["child"])}


def test_it_is_asked_for_once_and_again_for_another_fix() -> None:
    asked = {"root": [finding().mark]}
    once = planned({"root": [finding()], "child": [finding()]}, asked=asked)
    assert once.builds == once.through == {}
    assert once.left == {
        "root": "a build was asked for already, and did not mend CVE-1 fixed in openssl 2",
        "child": "waits for its base root: CVE-1 fixed in openssl 2",
    }
    assert planned({"root": [finding(package="openssl@1.1")]}, asked=asked).builds == {}
    again = finding(fixed="3")
    assert planned({"root": [again]}, asked=asked).builds == {"root": (again,)}


def test_one_whose_run_failed_is_asked_again_and_nobody_waits_for_it() -> None:
    own = finding("CVE-2", "jq@1")
    found = planned(
        {"root": [finding()], "child": [finding(), own]},
        asked={"root": [finding().mark]},
        failed=["root"],
    )
    assert found.builds == {"root": (finding(),), "child": (own,)}


def test_one_that_cannot_be_built_is_told_with_its_reason() -> None:
    found = planned({"root": [finding()], "gone": [finding()]}, unable={"root": "paused", "gone": "no file"})
    assert (found.builds, found.left) == ({}, {"root": "paused", "gone": "no file"})


def test_what_was_mended_is_forgotten() -> None:
    marks = [finding().mark, finding("CVE-2").mark]
    assert still_asked(marks, [finding()]) == {finding().mark}


NAMES = [f"image-{number}" for number in range(6)]


def _world(
    random: Random,
) -> tuple[ImageGraph, dict[str, list[KnownFinding]], list[str], list[str]]:
    bases = {name: random.choice([None, *NAMES[:number]]) for number, name in enumerate(NAMES)}
    every = [finding(f"CVE-{n}", f"p{n}@{v}", fixed) for n in (1, 2) for v in (1, 2) for fixed in ("", "3")]
    found = {}
    for name in random.sample(NAMES, random.randrange(len(NAMES) + 1)):
        some = {one.key: one for one in random.sample(every, random.randrange(4))}
        found[name] = list(some.values())
    some_follow, some_are_paused = (random.sample(NAMES, random.randrange(7)) for _ in range(2))
    return ImageGraph.of(bases), found, some_follow, some_are_paused


@pytest.mark.parametrize("seed", range(300))
def test_nobody_with_a_fix_is_forgotten_and_no_child_is_built_beside_its_base(seed: int) -> None:
    graph, found, follows, paused = _world(Random(seed))
    result = rebuilds(graph, found, follows=follows, asked={}, unable=dict.fromkeys(paused, "paused"))
    fixable = {name for name, findings in found.items() if any(one.fixed for one in findings)}
    assert {*result.builds, *result.through, *result.left} == fixable
    assert not {*result.builds} & {*result.through} | {*result.builds} & {*result.left}
    for image in result.builds:
        base = graph.parents.get(image)
        assert image not in follows or base not in {*result.builds, *result.through}
        assert image not in paused
    for image, of in result.through.items():
        assert of in result.builds
        assert of in graph.ancestors(image)
    order = [name for name in graph.order if name in result.builds]
    assert list(result.builds) == order
    # Once all that was asked for is known as such, nothing is asked for again.
    asked = {name: [one.mark for one in wanted] for name, wanted in result.builds.items()}
    again = rebuilds(graph, found, follows=follows, asked=asked, unable=dict.fromkeys(paused, "paused"))
    assert not {*again.builds} & {*asked}


@pytest.mark.parametrize("order", [["child", "root"], ["root", "child"]])
def test_the_order_of_what_is_given_does_not_matter(order: list[str]) -> None:
    assert list(planned({name: [finding()] for name in order}).builds) == ["root"]
