"""Counts what is asked of a registry."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

from golden_images.ports import Registry


class Counting:
    """``registry`` is the counted one; ``calls`` are by the method's name."""

    def __init__(self, counted: Registry) -> None:
        self.calls: Counter[str] = Counter()
        self.registry = cast("Registry", _Counted(counted, self.calls))


class _Counted:
    def __init__(self, registry: Registry, calls: Counter[str]) -> None:
        self._registry = registry
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._registry, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self._calls[name] += 1
            return found(*args, **kwargs)

        return call
