"""Decisions can be pointed at: each number is one page, and each page says when it is violated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).parents[2] / "plugins" / "golden_images" / "adr").glob("[0-9]*.md"))


def test_numbers_are_given_once_and_in_order() -> None:
    assert [int(page.name[:4]) for page in PAGES] == list(range(1, len(PAGES) + 1))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_has_its_number_and_its_sections(page: Path) -> None:
    text = page.read_text()
    assert text.startswith(f"# {int(page.name[:4])}. ")
    sections = re.findall(r"^## (.*)$", text, re.M)
    # What was looked at stands between them; a page without surprises has no consequences to tell.
    wanted = ["Context", "Decision", "Violated when"]
    assert [name for name in sections if name in wanted] == wanted
