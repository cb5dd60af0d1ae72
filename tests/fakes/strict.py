"""What a fake takes."""

from __future__ import annotations

from typing import Any


class _Closing(type):
    def __call__(cls, *args: Any, **more: Any) -> Any:
        made = super().__call__(*args, **more)
        made.__dict__["_made"] = True
        return made


class Strict(metaclass=_Closing):
    """Takes no attribute once it is made, but for those it has: a test that misspells one would test
    nothing. A method may be replaced."""

    def __setattr__(self, name: str, value: object) -> None:
        if "_made" in self.__dict__ and not hasattr(self, name):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        super().__setattr__(name, value)
