from __future__ import annotations

import pytest

from golden_images.core.date_pattern import fault


@pytest.mark.parametrize(
    "pattern",
    [
        r"bookworm-(?P<date>\d{8})-slim",
        r"(?P<date>\d{4}-\d{2}-\d{2})(?:-slim)?",
        r"v[0-9.]+-(?P<date>[0-9]{8,14})(?:-amd64|-arm64)?",
        r"(?P<date>20[0-9*+?|)]+)",
        r"\(\)*(?P<date>.+?)",
    ],
)
def test_patterns_that_end_soon(pattern: str) -> None:
    assert fault(pattern) == ""


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        (r"\d{8}", "no group"),
        ("(?P<date>", "no regular expression"),
        (r"(?P<date>(\d+)+)x", "repeats a group"),
        (r"(?P<date>\d|[0-9])*x", "repeats a group"),
        (r"(?P<date>\d){1,64}x", "repeats a group"),
        (r"(?P<date>\d*\d*\d*\d*)x", "too many choices"),
        ("(?P<date>" + "a?" * 30 + "a" * 30 + ")", "too many choices"),
        ("(?P<date>" + "(?:a|a)" * 20 + ")b", "too many choices"),
        # The flag lets a blank stand between a group and what repeats it.
        (r"(?x)(?P<date>(\d+) +)", "flags"),
        (r"(?P<date>a)(?(date)b|c)", "conditions"),
        ("(?P<date>" + "a" * 200 + ")", "at most 200"),
    ],
)
def test_patterns_that_may_never_end_are_refused(pattern: str, told: str) -> None:
    assert told in fault(pattern)
