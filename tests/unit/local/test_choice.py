"""Which images the demo makes."""

from __future__ import annotations

import pytest

from local.console import LocalError
from local.follow.choice import SHOWN, WAITING, chosen, waiting
from local.setup import ROOT

PARENTS: dict[str, str | None] = {
    "python-web": "python-runtime",
    "debian-base": None,
    "python-runtime": "debian-base",
    "other": None,
    "lost": "broken",
    "child-of-lost": "lost",
}


def test_nothing_asked_for_is_what_is_shown() -> None:
    assert chosen(PARENTS, "") == ["debian-base", "python-runtime", "python-web"]


def test_every_example_is_shown_or_waits() -> None:
    assert {path.stem for path in (ROOT / "include/images").glob("*.yaml")} == {*SHOWN, *WAITING}


def test_what_nobody_asked_for_waits_and_what_others_wrote_does_not() -> None:
    running, paused = {"is_paused": False}, {"is_paused": True}
    known = {
        "golden_images.python-build": running,
        "golden_images.java-runtime": running,
        "golden_images.node-runtime": paused,
        "golden_images.psql": running,
    }
    assert waiting(known, {"golden_images.java-runtime"}) == ["golden_images.python-build"]


def test_all_is_all_that_is_sound() -> None:
    assert chosen(PARENTS, "all") == ["debian-base", "other", "python-runtime", "python-web"]


def test_a_project_without_the_examples_is_made_whole() -> None:
    assert chosen({"mine": None}, "") == ["mine"]


@pytest.mark.parametrize(
    "asked", ["python-runtime other", "other,python-runtime", " other , python-runtime "]
)
def test_named_ones_come_with_what_they_stand_on(asked: str) -> None:
    assert chosen(PARENTS, asked) == ["debian-base", "other", "python-runtime"]


def test_an_unknown_name_is_said_with_the_nearest() -> None:
    with pytest.raises(LocalError, match="'python-wep'") as caught:
        chosen(PARENTS, "python-wep")
    assert "python-web" in caught.value.remedy
