"""What an image says of itself."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from golden_images.core import about
from golden_images.core.organisation import Organisation
from tests.fakes.world import definition

P = "org.opencontainers.image."


def said(organisation: dict[str, Any], base: tuple[str, str] = ("", ""), **fields: Any) -> dict[str, str]:
    image = definition("web", base={"image": "root"}, **fields)
    found = about.describe(Organisation.model_validate({"schema": 1, **organisation}), image, *base)
    return {key.removeprefix(P): text for key, text in found.items()}


def test_only_what_somebody_said_is_there() -> None:
    assert said({}) == {"title": "web", "description": "The image web.", "authors": "platform"}


def test_the_organisation_speaks_for_all_and_a_definition_for_itself() -> None:
    organisation = {
        "vendor": "Example",
        "source": "https://git.example.com/images/{image}",
        "licenses": "MIT",
        "url": "https://images.example.com/",
    }
    found = said({"about": organisation}, about={"licenses": "GPL-2.0-only", "authors": "web@example.com"})
    assert found == {
        "title": "web",
        "description": "The image web.",
        "vendor": "Example",
        "authors": "web@example.com",
        "source": "https://git.example.com/images/web",
        "url": "https://images.example.com/",
        "licenses": "GPL-2.0-only",
    }


def test_the_base_is_named_with_its_digest() -> None:
    found = said({}, base=("r/root:2026.11.23-1a2b3c4d", "sha256:x"))
    assert (found["base.name"], found["base.digest"]) == ("r/root:2026.11.23-1a2b3c4d", "sha256:x")


def test_a_label_of_the_definition_has_the_last_word() -> None:
    assert said({}, labels={f"{P}title": "The Web"})["title"] == "The Web"


def test_what_the_base_says_of_itself_is_blanked() -> None:
    inherited = {f"{P}version": "22.04", f"{P}title": "root", "maintainer": "them"}
    assert about.blanked(inherited, {f"{P}title": "web"}) == {f"{P}version": ""}


@pytest.mark.parametrize("address", ["git.example.com", "https://me:secret@example.com/", "https://x/\ny"])
def test_an_address_is_one_that_a_browser_opens(address: str) -> None:
    with pytest.raises(ValidationError, match="is no address"):
        said({"about": {"source": address}})
