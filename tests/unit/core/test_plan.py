"""The base as a plan names it."""

from __future__ import annotations

import pytest

from golden_images.core.plan import BasePin
from golden_images.core.reference import Reference

D = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("name", "pinned", "reference"),
    [
        ("docker.io/library/debian:12", "docker.io/library/debian", "docker.io/library/debian:12"),
        ("docker.io/library/debian", "docker.io/library/debian", f"docker.io/library/debian@{D}"),
        ("registry:5000/a", "registry:5000/a", f"registry:5000/a@{D}"),
        ("registry:5000/a:1", "registry:5000/a", "registry:5000/a:1"),
    ],
)
def test_a_pin_is_what_an_engine_can_pull(name: str, pinned: str, reference: str) -> None:
    pin = BasePin(name=name, digest=D)
    assert pin.pinned == f"{pinned}@{D}"
    assert pin.reference == reference
    assert str(Reference.parse(pin.pinned)) == pin.pinned
