"""Imports that are made when what was imported is called."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from golden_images.lazily import lazily


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "hall").mkdir()
    (tmp_path / "hall" / "__init__.py").write_text("")
    (tmp_path / "hall" / "door.py").write_text(
        "WIDTH = 2\nclass Key: ...\ndef open(*at, by=0): return at, by\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("hall", "hall.door"):
        sys.modules.pop(name, None)


def test_a_function_loads_its_module_when_it_is_called() -> None:
    with lazily("hall"):
        from hall import door
    opening = door.open
    assert "hall.door" not in sys.modules
    assert opening(1, 2, by=3) == ((1, 2), 3)
    assert "hall.door" in sys.modules
    assert (opening.__module__, opening.__qualname__) == ("hall.door", "open")


@pytest.mark.parametrize(("name", "kind"), [("WIDTH", int), ("Key", type)])
def test_what_is_no_function_loads_its_module_at_once(name: str, kind: type) -> None:
    with lazily("hall"):
        from hall import door
    assert isinstance(getattr(door, name), kind)
    assert "hall.door" in sys.modules


def test_a_module_that_is_loaded_is_itself() -> None:
    import hall.door as loaded

    with lazily("hall"):
        from hall import door
    assert door is loaded


def test_other_imports_stay_what_they_are() -> None:
    with lazily("hall"):
        from hall import door
    from hall import door as loaded

    assert loaded is not door
    assert loaded.open() == ((), 0)


def test_a_module_that_there_is_not_cannot_be_imported() -> None:
    with pytest.raises(ImportError, match="cannot import name 'gate' from 'hall'"), lazily("hall"):
        from hall import gate  # noqa: F401
    assert not hasattr(sys.modules["hall"], "__getattr__")
