"""Changes between two documents, in words."""

from __future__ import annotations

import pytest

from golden_images.core.difference import describe, differences


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"args": {"PORT": "80"}}, {"args": {"PORT": "8080"}}, ["args.PORT 80 → 8080"]),
        ({}, {"args": {"A": "1"}}, ["args.A none → 1"]),
        ({"labels": {"a": "b"}}, {"labels": {}}, ["labels.a b → none"]),
        ({"target": ""}, {"target": "run"}, ['target "" → run']),
        ({"n": 1}, {"n": 2}, ["n 1 → 2"]),
        ({"list": ["a"]}, {"list": ["a", "b"]}, ['list ["a"] → ["a","b"]']),
        ({"a": 1, "b": {"c": True}}, {"a": 1, "b": {"c": True}}, []),
    ],
)
def test_each_field_is_named_with_old_and_new(
    before: dict[str, object], after: dict[str, object], told: list[str]
) -> None:
    assert [str(change) for change in differences(before, after)] == told


def test_a_long_value_is_cut() -> None:
    (change,) = differences({"a": "x" * 500}, {"a": "y"})
    assert len(str(change)) < 100


def test_several_are_the_first_and_how_many_more() -> None:
    assert describe(["a", "b", "c"]) == "a, +2"
    assert describe(["a"]) == "a"
    assert describe([]) == ""
