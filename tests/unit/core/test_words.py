"""Words, times and persons, as people read them everywhere."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from golden_images.core.words import asked_by, count, moment


def test_one_and_many() -> None:
    assert [count(0, "problem"), count(1, "problem"), count(2, "entry", "entries")] == [
        "0 problems",
        "1 problem",
        "2 entries",
    ]


def test_a_moment_is_in_utc_to_the_second() -> None:
    berlin = datetime(2026, 11, 23, 1, 30, 0, 999, tzinfo=timezone(timedelta(hours=2)))
    assert moment(berlin) == "2026-11-22T23:30:00Z"


@pytest.mark.parametrize(
    ("actor", "note", "told"),
    [
        ("alice", "a key was lost", "alice: a key was lost"),
        ("alice", "", "alice"),
        ("", "why", "why"),
        ("", "", ""),
    ],
)
def test_who_asked_and_why_as_far_as_it_is_known(actor: str, note: str, told: str) -> None:
    assert asked_by(actor, note) == told
