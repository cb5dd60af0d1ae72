"""Version order against dpkg's own."""

from __future__ import annotations

import shutil
import subprocess
from functools import cmp_to_key
from itertools import pairwise

import pytest

from golden_images.adapters.debian.version import compare, newer

VERSIONS = """
0 0.0 1 1.0 1.00 1.0.0 1.10 1.9 1.2.3 1.2.3a 1.2.3b 1.2.3+b1 1.2.3~rc1 1.2.3~rc1~ 1.2.3~ 1.2.3.~
1:0 1:0.1 2:0 0:1.2.3 1-1 1-1.1 1-1~ 1-1+b1 1-0 1-2~bpo12+1 1.0-1-1 3.0.14-1 3.0.14-1~deb12u2
3.0.15-1~deb12u1 2026a-0+deb12u1 2026b-0+deb12u1 a 1a 1A 1.a 1+ 1++ 1. 10 010 1.0+dfsg-1 1.0+dfsg1-1
5.2.15-2+b7 5.2.15-2+b13 5.2.15-2 12.4+deb12u5 12.4+deb12u10
""".split()  # noqa: SIM905 - fifty quotation marks are no easier to read


@pytest.mark.parametrize("left", VERSIONS)
def test_the_order_is_antisymmetric_and_total(left: str) -> None:
    for right in VERSIONS:
        assert (compare(left, right) > 0) == (compare(right, left) < 0)
    assert compare(left, left) == 0


def test_sorted_by_us_every_neighbour_is_in_dpkgs_order() -> None:
    if shutil.which("dpkg") is None:
        pytest.fail("dpkg is not installed; it is the judge of this test")
    ordered = sorted(VERSIONS, key=cmp_to_key(compare))
    for left, right in pairwise(ordered):
        relation = "eq" if compare(left, right) == 0 else "lt"
        judged = subprocess.run(
            ["dpkg", "--compare-versions", left, relation, right],
            check=False, capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        assert judged.returncode == 0, f"dpkg: not {left} {relation} {right}"


def test_newer_means_strictly() -> None:
    assert newer("3.0.15-1~deb12u1", "3.0.14-1")
    assert not newer("3.0.14-1", "3.0.14-1")
    assert not newer("3.0.14-1~deb12u2", "3.0.14-1")
