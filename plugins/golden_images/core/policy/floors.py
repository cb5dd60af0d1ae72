"""Floors: how options of stages are compared by strictness.

An option can have a floor if its type says in which direction it is stricter:
``minimum: Annotated[int, Stricter.MORE]``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from golden_images.core.closed import Closed
from golden_images.core.problem import closest


class Stricter(Enum):
    """In which direction an option is stricter."""

    #: A larger number.
    MORE = "at least"
    #: A literal that stands later in its type.
    LATER = "at least as strict as"
    #: Fewer entries: none but the floor's.
    FEWER = "none but"
    #: More entries: all of the floor's.
    ALL = "all of"


def direction(field: FieldInfo) -> Stricter | None:
    return next((one for one in field.metadata if isinstance(one, Stricter)), None)


def fault(stage: str, option: str, floor: Any, options: type[Closed]) -> tuple[str, str]:
    """What is wrong with a floor, and what was probably meant; two empty texts if it is right."""
    named = options.model_fields
    if option not in named:
        able = sorted(name for name, field in named.items() if direction(field))
        known = f"; floors are for {', '.join(able)}" if able else "; none of its options can have a floor"
        return f"the stage {stage} has no option {option!r}{known}", closest(option, able)
    if direction(named[option]) is None:
        return f"of {stage}.{option} nobody can say what is stricter: it can have no floor", ""
    try:
        _value(named[option], floor)
    except ValidationError as error:
        return f"is no {option}: {error.errors(include_url=False, include_input=False)[0]['msg']}", ""
    return "", ""


def looser(field: FieldInfo, value: Any, floor: Any) -> bool:
    """Whether ``value`` is looser than ``floor``; both are values of the option. Asked of every definition
    when DAGs are made."""
    match direction(field):
        case Stricter.MORE:
            return bool(value < floor)
        case Stricter.LATER:
            order = get_args(field.annotation)
            return order.index(value) < order.index(floor)
        case Stricter.FEWER:
            return not {*value} <= {*floor}
        case Stricter.ALL:
            return not {*value} >= {*floor}
    raise TypeError("this option can have no floor")


def below(
    floors: Mapping[str, Mapping[str, Any]], options: Mapping[str, Closed]
) -> Iterator[tuple[str, str, str]]:
    """Stage, option and a sentence for each option that is looser than its floor; ``options`` by stage, of
    those that the image has."""
    for stage, asked in floors.items():
        if stage not in options:
            continue
        given = options[stage]
        for option, floor in asked.items():
            field, value = type(given).model_fields[option], getattr(given, option)
            if looser(field, value, floor):
                wanted = direction(field)
                assert wanted is not None
                yield stage, option, f"is {told(value)}; wanted is {wanted.value} {told(floor)}"


def _value(field: FieldInfo, value: Any) -> Any:
    checks: Any = field.annotation
    for one in field.metadata:
        if not isinstance(one, Stricter):
            checks = _annotated(checks, one)
    return TypeAdapter(checks).validate_python(tuple(value) if isinstance(value, list) else value)


def _annotated(kind: Any, check: Any) -> Any:
    from typing import Annotated

    return Annotated[kind, check]


def told(value: Any) -> str:
    """A value of an option, for people."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "nothing"
    return str(value)
