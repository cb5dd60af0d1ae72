"""Options of stages compared by strictness."""

from __future__ import annotations

from typing import Any

import pytest

from golden_images.core.policy.floors import below, fault, looser
from golden_images.stages import options


@pytest.mark.parametrize(
    ("option", "value", "floor", "is_looser"),
    [
        ("fail_on", "error", "warning", True),
        ("fail_on", "warning", "warning", False),
        ("fail_on", "note", "warning", False),
        ("ignore", ("DL3008",), [], True),
        ("ignore", ("DL3008",), ["DL3008", "DL3009"], False),
        ("ignore", (), ["DL3008"], False),
    ],
)
def test_lint(option: str, value: Any, floor: Any, is_looser: bool) -> None:
    assert looser(options.Lint.model_fields[option], value, floor) is is_looser


def test_numbers() -> None:
    minimum = options.Test.model_fields["minimum"]
    assert looser(minimum, 4, 5)
    assert not looser(minimum, 5, 5)


def test_an_option_without_a_direction_has_no_floor() -> None:
    with pytest.raises(TypeError):
        looser(options.Test.model_fields["tmpfs"], (), ())


@pytest.mark.parametrize(
    ("option", "floor", "told", "near"),
    [
        ("minimum", 3, "", ""),
        ("minimun", 3, "has no option 'minimun'; floors are for minimum", "minimum"),
        ("minimum", "many", "is no minimum", ""),
        ("minimum", 0, "is no minimum", ""),
        ("tmpfs", ["/tmp"], "nobody can say what is stricter", ""),
    ],
)
def test_a_fault_of_a_floor(option: str, floor: Any, told: str, near: str) -> None:
    message, suggestion = fault("test", option, floor, options.Test)
    assert told in message
    assert bool(message) is bool(told)
    assert suggestion == near


def test_what_is_below_says_both_values() -> None:
    given = {"lint": options.Lint(ignore=("DL3008", "DL3009"))}
    assert list(below({"lint": {"ignore": ["DL3008"]}, "test": {"minimum": 1}}, given)) == [
        ("lint", "ignore", "is DL3008, DL3009; wanted is none but DL3008")
    ]
