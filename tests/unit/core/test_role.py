"""What registries and catalogs hold already can be read by these words alone."""

from __future__ import annotations

from golden_images.core.role import Role


def test_stored_words_stay_what_they_are() -> None:
    assert {role.name: role.value for role in Role} == {
        "RELEASE_RECORD": "release",
        "MOVE_RECORD": "promote",
        "VERIFICATION_SUMMARY": "gate",
        "UNJUDGED": "resolve",
    }
