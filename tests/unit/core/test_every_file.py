"""The core decides everything that needs no machine, so each file of it is tested by itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import golden_images.core

CORE = Path(golden_images.core.__file__).parent
TESTS = Path(__file__).parent


def decides(path: Path) -> bool:
    """Whether anything in the file runs; a record's fields alone have nothing to test."""
    return any(isinstance(node, ast.FunctionDef) for node in ast.walk(ast.parse(path.read_text())))


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(CORE.rglob("*.py")) if path.name != "__init__.py" and decides(path)],
    ids=lambda path: str(path.relative_to(CORE)),
)
def test_a_file_has_its_tests(path: Path) -> None:
    tests = TESTS / path.relative_to(CORE).with_name(f"test_{path.name}")
    assert tests.is_file(), f"{path.name} is tested by others at best: write {tests.relative_to(TESTS)}"
    assert "def test_" in tests.read_text()


def test_every_test_is_of_a_file() -> None:
    """What was renamed takes its tests along."""
    files = {path.relative_to(CORE).with_name(f"test_{path.name}") for path in CORE.rglob("*.py")}
    found = {path.relative_to(TESTS) for path in TESTS.rglob("test_*.py")} - {Path(Path(__file__).name)}
    assert found <= files
