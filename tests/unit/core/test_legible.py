from __future__ import annotations

from golden_images.core.base import Base
from golden_images.core.definition import Schedule
from golden_images.core.legible import Legible


def test_each_field_is_read_by_itself() -> None:
    """The page of a broken definition shows what is right in it."""
    read = Legible.of(
        {
            "schema": 99,
            "description": "A web server.",
            "owner": 5,
            "tags": ["web", "edge"],
            "base": {"image": "root"},
            "schedule": {"nightly": "every night"},
            "unknown": True,
        }
    )
    assert read == Legible(
        description="A web server.", owner="", tags=("web", "edge"), base=Base(image="root"), schedule=None
    )


def test_a_field_is_checked_as_in_a_definition() -> None:
    assert Legible.of({"description": ""}).description == ""
    assert Legible.of({"owner": "two\nlines"}).owner == ""
    assert Legible.of({"base": {"image": "root", "reference": "debian:12"}}).base is None
    assert Legible.of({"tags": [3]}).tags == ()
    assert Legible.of({"schedule": {"on_base_change": "yes"}}).schedule is None


def test_a_schedule_that_nobody_wrote_is_the_default_one() -> None:
    assert Legible.of({}).schedule == Schedule()
    assert Legible.of({"schedule": {"max_age_days": 3}}).schedule == Schedule(max_age_days=3)


def test_of_what_is_no_yaml_nothing_is_known() -> None:
    """Not even that it has a schedule: nobody knows when the image was meant to be built."""
    assert Legible.of(None) == Legible()
    assert Legible.of(None).schedule is None
