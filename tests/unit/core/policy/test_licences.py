"""SPDX expressions against patterns."""

from __future__ import annotations

import pytest

from golden_images.core.policy.licences import denied, matches

DENY = ("SSPL-*", "GPL-3.0-only")


@pytest.mark.parametrize(
    ("expression", "is_denied"),
    [
        ("SSPL-1.0", True),
        ("sspl-1.0", True),
        ("MIT", False),
        ("MIT OR SSPL-1.0", False),
        ("GPL-3.0-only OR SSPL-1.0", True),
        ("MIT AND SSPL-1.0", True),
        ("(MIT OR SSPL-1.0) AND GPL-3.0-only", True),
        ("(MIT OR SSPL-1.0) AND BSD-3-Clause", False),
        ("MIT or (SSPL-1.0 and BSD-3-Clause)", False),
        ("GPL-3.0-only WITH GCC-exception-3.1", True),
        # What is no expression is denied by any word of it: nobody can say what it offers.
        ("MIT OR", False),
        ("SSPL-1.0 OR", True),
        ("(MIT OR SSPL-1.0", True),
        ("MIT OR SSPL-1.0)", True),
        ("MIT SSPL-1.0 OR MIT", True),
        # A name with blanks is a name.
        ("Some Licence of Ours", False),
    ],
)
def test_an_expression(expression: str, is_denied: bool) -> None:
    assert bool(denied([expression], DENY)) is is_denied


def test_all_licences_of_a_list_hold() -> None:
    assert denied(["MIT", "SSPL-1.0"], DENY) == ["SSPL-1.0"]
    assert denied(["SSPL-1.0", "MIT", "GPL-3.0-only"], DENY) == ["SSPL-1.0", "GPL-3.0-only"]
    assert denied([], DENY) == []


def test_a_name_with_blanks_is_matched_whole() -> None:
    assert matches("Server Side Public License", ["server side*"])


def test_deep_nesting_is_no_way_around() -> None:
    assert denied(["(" * 10_000 + "SSPL-1.0 OR MIT" + ")" * 10_000], DENY)
