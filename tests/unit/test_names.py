"""Every name of ours that a test, a benchmark or a command asks for exists: also one that is asked for in a
function, or in a program's text, of a test that takes minutes or needs an engine. Nothing is run."""

from __future__ import annotations

import ast
import importlib
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("golden_images", "tests", "local", "benchmarks")
FOLDERS = ("tests", "local", "benchmarks")
#: README's example of a stage, which is there while README is tested.
EXAMPLE = "golden_images.stages.size"


def programs(tree: ast.Module) -> Iterator[ast.Module]:
    """The module's own tree, and those of the texts in it that import something of ours."""
    yield tree
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "_" for part in node.values)
        else:
            continue
        if any(f"from {name}." in text or f"import {name}." in text for name in OURS):
            try:
                yield ast.parse(textwrap.dedent(text))
            except SyntaxError:
                continue


def asked(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Line, module and name: what is imported of ours, and what is taken of a module of ours."""
    modules: dict[str, str] = {}
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in OURS:
            for alias in node.names:
                yield node.lineno, node.module, alias.name
                modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, one.name, "") for one in node.names if one.name.split(".")[0] in OURS)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            named = modules.get(node.value.id)
            if named and node.value.id not in bound and is_module(named):
                yield node.lineno, named, node.attr


def is_module(name: str) -> bool:
    parent, _, last = name.rpartition(".")
    return isinstance(getattr(module(parent), last, module(name)), ModuleType)


@cache
def module(name: str) -> ModuleType | None:
    """None: there is none of this name. What another library lacks is no answer, and raised."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        return None


def exists(name: str, of: str) -> bool:
    if (found := module(of)) is None or not name:
        return found is not None
    return hasattr(found, name) or module(f"{of}.{name}") is not None


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_is_asked_for_exists(folder: str) -> None:
    # Fixtures are of versions before, and this file asks for what is not there.
    files = [
        file
        for file in sorted((ROOT / folder).rglob("*.py"))
        if "fixtures" not in file.parts and file != Path(__file__)
    ]
    missing = [
        f"{file.relative_to(ROOT)}:{line}: {of} has no {name or 'such module'}"
        for file in files
        for tree in programs(ast.parse(file.read_text("utf-8")))
        for line, of, name in asked(tree)
        if of != EXAMPLE and not exists(name, of)
    ]
    assert files
    assert not missing, "\n".join(missing)


def test_a_name_that_is_gone_is_found_wherever_it_is_asked_for() -> None:
    source = '''
from golden_images.adapters import process
def late():
    from golden_images.core.digest import Digset
    process.runn()
PROGRAM = """
    from golden_images.gone import work
    import golden_images.core.gone
"""
'''
    found = [
        (of, name)
        for tree in programs(ast.parse(source))
        for _, of, name in asked(tree)
        if not exists(name, of)
    ]
    assert found == [
        ("golden_images.core.digest", "Digset"),
        ("golden_images.adapters.process", "runn"),
        ("golden_images.gone", "work"),
        ("golden_images.core.gone", ""),
    ]
