from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from golden_images.core.base import Base

DIGEST = "sha256:" + "a" * 64
PINNED = f"docker.io/library/debian:12@{DIGEST}"
DATES = {"tags": "bookworm-(?P<date>[0-9]{8})-slim"}


def base(**fields: Any) -> Base:
    return Base.model_validate(fields)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, "none is given"),
        ({"image": "root", "reference": "debian:12"}, "image and reference are given"),
        ({"image": "root", "bootstrap": {"suite": "bookworm"}}, "image and bootstrap are given"),
    ],
)
def test_a_base_is_one_thing(fields: dict[str, Any], found: str) -> None:
    with pytest.raises(ValidationError, match=f"exactly one of image, reference and bootstrap; {found}"):
        base(**fields)


@pytest.mark.parametrize("kind", [{"image": "root"}, {"bootstrap": {"suite": "bookworm"}}])
def test_only_an_external_base_has_versions_among_tags(kind: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="for a base by reference only"):
        base(**kind, versions=DATES)


def test_a_pinned_base_has_no_other_versions() -> None:
    with pytest.raises(ValidationError, match="pinned by digest"):
        base(reference=PINNED, versions=DATES)


def test_an_external_bases_short_form_is_written_out() -> None:
    assert str(base(reference="debian:12").external) == "docker.io/library/debian:12"
    assert base(image="root").external is None


def test_a_digest_beside_the_tag_pins() -> None:
    assert base(reference=PINNED).pinned == DIGEST
    assert base(reference="debian:12").pinned is None
    assert base(image="root").pinned is None


@pytest.mark.parametrize(
    ("fields", "ledger"),
    [
        ({"image": "root"}, "root"),
        ({"reference": "debian:12"}, "docker.io/library/debian:12"),
        ({"reference": PINNED}, ""),
        ({"bootstrap": {"suite": "bookworm"}}, ""),
    ],
)
def test_the_ledger_knows_bases_that_have_versions(fields: dict[str, Any], ledger: str) -> None:
    assert base(**fields).ledger == ledger


def test_numbers_are_no_texts_and_keys_are_known() -> None:
    """A version 3.10 in YAML would become "3.1"."""
    with pytest.raises(ValidationError, match="suite"):
        base(bootstrap={"suite": 12.1})
    with pytest.raises(ValidationError, match="sweet"):
        base(bootstrap={"suite": "bookworm", "sweet": True})
