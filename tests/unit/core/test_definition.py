from __future__ import annotations

from golden_images.pipeline import schema
from tests.fakes.world import child


def test_what_does_not_change_the_bytes_is_not_in_the_build_id() -> None:
    plain = child().normalised()
    assert child(owner="another", tags=["x"], schedule={"nightly": None}).normalised() == plain
    assert child(labels={"a": "b"}).normalised() != plain
    assert child(build={"args": {"A": "1"}}).normalised() != plain


def test_a_definition_survives_the_plan() -> None:
    """The plan carries it as JSON; later tasks read it back."""
    definition = child(labels={"a": "b"}, schedule={"nightly": "0 4 * * *"})
    assert schema().model_validate(definition.model_dump(mode="json", by_alias=True)) == definition
