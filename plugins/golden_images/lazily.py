"""Imports that are made when what was imported is called: reading DAG files shall not load what only runs.

To type checkers and linters they are imports like others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any


@contextmanager
def lazily(package: str) -> Iterator[None]:
    """``from package import module`` gives a stand-in inside, for a module that is not loaded yet.

    Its functions (what has a name in lower case) load the module when they are called; anything else,
    a class or a constant, loads it when it is asked for.
    """
    holder: Any = import_module(package)
    holder.__getattr__ = partial(_module, package)
    try:
        yield
    finally:
        del holder.__getattr__


def _module(package: str, name: str) -> _Module:
    if name.startswith("_") or find_spec(f"{package}.{name}") is None:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    return _Module(f"{package}.{name}")


class _Module:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not name.islower():
            return getattr(import_module(self._name), name)
        return _function(self._name, name)


def _function(module: str, name: str) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        return getattr(import_module(module), name)(*arguments, **named)

    call.__module__, call.__name__, call.__qualname__ = module, name, name
    return call
