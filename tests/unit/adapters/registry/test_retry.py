from __future__ import annotations

import pytest

from golden_images.adapters.registry.retry import RetryPolicy, retry_after

#: 1994-11-06T08:49:37Z
NOW = 784111777.0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Sun, 06 Nov 1994 08:50:37 GMT", 60.0),
        ("Sunday, 06-Nov-94 08:50:37 GMT", 60.0),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0.0),
    ],
)
def test_retry_after_in_both_forms(value: str | None, expected: float | None) -> None:
    assert retry_after(value, NOW) == expected


def test_waits_double_up_to_the_cap() -> None:
    policy = RetryPolicy(base=1.0, cap=10.0)
    assert [policy.wait(attempt, None, 1.0) for attempt in range(1, 7)] == [1, 2, 4, 8, 10, 10]


def test_waits_differ_by_chance_but_are_never_nothing() -> None:
    assert RetryPolicy(base=1.0).wait(1, None, 0.0) == 0.5


def test_what_the_registry_asks_for_is_the_least() -> None:
    assert RetryPolicy(base=1.0).wait(1, 30.0, 1.0) == 30.0
    assert RetryPolicy(base=1.0).wait(3, 1.0, 1.0) == 4.0
