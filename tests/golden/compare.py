"""Golden files: what people read, kept as text. ``pytest tests/golden --update-golden`` writes them anew;
the change is then read in the diff like any other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

EXPECTED = Path(__file__).with_name("expected")

Golden = Callable[[str, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write golden files anew.")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """``golden(name, text)`` compares with ``tests/golden/expected/<name>``."""
    update = bool(request.config.getoption("--update-golden"))

    def compare(name: str, text: str) -> None:
        path = EXPECTED / name
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        assert path.is_file(), f"{path} is missing: pytest tests/golden --update-golden"
        assert text == path.read_text(), f"{name} differs: if that is meant, pytest --update-golden"

    return compare
