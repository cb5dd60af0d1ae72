"""The orders by name; rows of versions are in ``osv/test_affected``."""

from __future__ import annotations

import pytest

from golden_images.core.versions import order
from golden_images.core.versions.order import Order


@pytest.mark.parametrize(
    ("kind", "left", "right"),
    [
        (order.pypi, "1.0", "1.0.0"),
        (order.pypi, "1.0RC1", "1.0c1"),
        (order.semver, "1.2", "v1.2.0"),
        (order.semver, "1.2.3+incompatible", "1.2.3"),
        (order.deb, "1", "0:1-0"),
    ],
)
def test_the_same_in_other_words(kind: Order, left: str, right: str) -> None:
    assert kind(left) == kind(right)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (order.pypi, "latest"),
        (order.semver, "latest"),
        (order.semver, "1.2.3.4"),
        (order.apk, "latest"),
        (order.installed_deb, "latest"),
        (order.installed_deb, "1_0"),
        (order.installed_deb, ""),
    ],
)
def test_what_is_no_version(kind: Order, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        kind(text)


def test_an_advisory_of_debian_may_say_what_dpkg_takes() -> None:
    assert order.deb("1_0") != order.deb("1.0")
