"""Version order against dpkg's own."""

from __future__ import annotations

import random
import shutil
import subprocess
from functools import cmp_to_key
from itertools import pairwise

import pytest

from golden_images.core.versions.debian import compare, newer

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


def generated(number: int) -> list[str]:
    """Versions of everything that Debian writes, near enough to one another to differ in one place."""
    chance = random.Random(20261123)
    pieces = [
        *("0", "00", "1", "01", "9", "10", "100", ".", "+", "~", "-", "a", "Z", "b", "rc", "dfsg", "git"),
        *("+deb12u1", "+deb12u10", "~deb12u1", "~bpo12+1", "+b1", "+b10", "~rc1", "-0ubuntu1", "-1", "-1.1"),
        *("+really1.0", "+nmu1", "+ds", "~~", "..", "18446744073709551616"),
    ]
    found: set[str] = set()
    while len(found) < number:
        near = chance.choice(sorted(found)) if found and chance.random() < 0.7 else ""
        version = near or f"{chance.choice(['', '', '', '0:', '1:', '10:'])}{chance.randrange(12)}"
        for _ in range(chance.randrange(1, 4)):
            version += chance.choice(pieces)
        if "-" not in version or version.rpartition("-")[2]:
            found.add(version)
        if len(version) > 40:
            found.discard(version)
    return sorted(found)


@pytest.mark.parametrize("versions", [VERSIONS, generated(400)], ids=["chosen", "generated"])
def test_sorted_by_us_every_neighbour_is_in_dpkgs_order(versions: list[str]) -> None:
    if shutil.which("dpkg") is None:
        pytest.fail("dpkg is not installed; it is the judge of this test")
    ordered = sorted(versions, key=cmp_to_key(compare))
    for left, right in pairwise(ordered):
        relation = "eq" if compare(left, right) == 0 else "lt"
        judged = subprocess.run(
            ["dpkg", "--compare-versions", left, relation, right],
            check=False, capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        assert judged.returncode == 0, f"dpkg: not {left} {relation} {right} {judged.stderr}"


HOSTILE = [
    "",
    ":",
    ":1",
    "x:1",
    "1:2:3",
    "-",
    "1-",
    "²",
    "٣",
    "1_0",
    "a b",
    "9" * 5000,
    "9" * 5001,
    "1:" + "0" * 9999,
]


@pytest.mark.parametrize("left", HOSTILE)
def test_what_is_no_version_has_its_place_in_the_order(left: str) -> None:
    """An image says what it likes of its packages; it ends no run by that."""
    for right in [*HOSTILE, "1.0-1"]:
        assert (compare(left, right) > 0) == (compare(right, left) < 0)
    assert compare(left, left) == 0


def test_a_number_of_any_length_is_a_number() -> None:
    assert compare("1." + "9" * 5000, "1." + "0" * 100 + "9" * 5000) == 0
    assert compare("9" * 5001, "9" * 5000) > 0
    assert compare("0" * 5001 + "2", "3") < 0
    assert compare("2:1", "10:0") < 0


def test_newer_means_strictly() -> None:
    assert newer("3.0.15-1~deb12u1", "3.0.14-1")
    assert not newer("3.0.14-1", "3.0.14-1")
    assert not newer("3.0.14-1~deb12u2", "3.0.14-1")
