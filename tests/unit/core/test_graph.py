from __future__ import annotations

from golden_images.core.graph import ImageGraph


def test_bases_come_before_what_is_built_on_them() -> None:
    graph = ImageGraph.of({"web": "python", "python": "base", "nginx": "base", "base": None})
    assert graph.order == ("base", "nginx", "python", "web")
    assert graph.children == {"base": ("nginx", "python"), "python": ("web",), "nginx": (), "web": ()}
    assert graph.parents == {"web": "python", "python": "base", "nginx": "base"}
    assert graph.ancestors("web") == ("python", "base")
    assert graph.descendants("base") == ("nginx", "python", "web")


def test_a_base_that_is_no_image_is_no_edge() -> None:
    graph = ImageGraph.of({"web": "nowhere"})
    assert graph.parents == {}
    assert graph.order == ("web",)


def test_rings_are_found_and_their_heirs_are_not_in_them() -> None:
    graph = ImageGraph.of({"a": "b", "b": "c", "c": "a", "heir": "a", "self": "self", "base": None})
    assert graph.cycles == (("a", "b", "c"), ("self",))
    assert set(graph.order) == {"a", "b", "c", "heir", "self", "base"}
    assert graph.ancestors("a") == ("b", "c", "a")
    assert graph.ancestors("heir") == ("a", "b", "c")
    assert set(graph.descendants("a")) == {"a", "b", "c", "heir"}


def test_a_long_chain_is_no_recursion() -> None:
    bases: dict[str, str | None] = {f"i{number}": f"i{number - 1}" for number in range(1, 5000)}
    graph = ImageGraph.of({"i0": None, **bases})
    assert graph.order[-1] == "i4999"
    assert len(graph.ancestors("i4999")) == 4999
