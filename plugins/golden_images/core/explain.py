"""What pydantic found, in words for the author of the YAML, at the place in the file."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from golden_images.core.fields import NAME
from golden_images.core.hidden import hidden
from golden_images.core.plain import Loc
from golden_images.core.problem import Problem, closest
from golden_images.core.source import Source

_M = TypeVar("_M", bound=BaseModel)

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
}
_NUMBERS = frozenset({"int_type", "int_from_float", "float_type"})


def validate(source: Source, model: type[_M]) -> tuple[_M | None, list[Problem]]:
    """The model, or every problem. Strict as JSON is: no number becomes text, no ``yes`` becomes 1."""
    if source.data is None:
        return None, list(source.problems)
    problems = [*source.problems, *hidden(source)]
    try:
        sound = model.model_validate_json(json.dumps(source.data), strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=True)
        problems.extend(_problem(source, model, item) for item in found)
        return None, problems
    return (None if problems else sound), problems


def _problem(source: Source, model: type[BaseModel], item: Mapping[str, Any]) -> Problem:
    loc: Loc = tuple(part for part in item["loc"] if part != "[key]")
    kind, context, of_key = item["type"], item.get("ctx", {}), "[key]" in item["loc"]
    if kind == "extra_forbidden":
        known = _keys(model, loc[:-1])
        near = closest(str(loc[-1]), known)
        message = "unknown key" if near else f"unknown key; known are {', '.join(sorted(known))}"
        return source.problem(loc, message, key=True, suggestion=near)
    if kind == "missing":
        return source.problem(loc, "is missing", key=True)
    if kind == "golden_images":
        at = loc if context["at"] == "" else (*loc, context["at"])
        key = context["at"] != "" or of_key
        return source.problem(at, context["text"], key=key, suggestion=context["suggestion"])
    if kind == "literal_error":
        return _literal(source, model, loc, item["input"])
    if kind in _WANTED:
        return source.problem(loc, _type_message(source, loc, kind, item["input"]))
    return source.problem(loc, _range_message(kind, context, item), key=of_key)


def _type_message(source: Source, loc: Loc, kind: str, value: Any) -> str:
    written = source.scalar(loc)
    if kind == "string_type" and written and isinstance(value, bool | int | float):
        what = "true or false" if isinstance(value, bool) else "a number"
        return f'{written} is {what} in YAML, and text is needed; write it in quotes: "{written}"'
    if kind == "tuple_type" and isinstance(value, str):
        return f"expected a list, found text; write it as [{written}]"
    message = f"expected {_WANTED[kind]}, found {_found(value, written)}"
    if kind in _NUMBERS and isinstance(value, str) and value[:1] in set("+-.0123456789"):
        message += "; a number is written in decimal digits alone, with no 0 in front"
    return message


def _found(value: Any, written: str | None) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return "keys and values" if isinstance(value, dict) else "a list"
    if isinstance(value, str):
        return f"the text {written!r}"
    return f"the number {written}" if not isinstance(value, bool) else f"{written}"


def _literal(source: Source, model: type[BaseModel], loc: Loc, value: Any) -> Problem:
    known = [str(option) for option in _options(_annotation(model, loc))]
    if str(value) in known:
        return source.problem(loc, f"is to be written without quotes: {value}")
    what = f"{value!r} is" if isinstance(value, str) else f"{source.scalar(loc) or 'this'} is"
    message = f"{what} not one of {', '.join(known)}" if len(known) > 1 else f"{what} not {known[0]}"
    return source.problem(loc, message, suggestion=closest(str(value), known))


def _range_message(kind: str, context: Mapping[str, Any], item: Mapping[str, Any]) -> str:
    match kind:
        case "string_pattern_mismatch" if context.get("pattern") == NAME:
            return f"{item['input']!r} is no name (lower-case letters and digits, with . _ - between)"
        case "string_too_long":
            return f"has {len(item['input'])} characters, at most {context['max_length']} are allowed"
        case "string_too_short" | "too_short":
            return "must not be empty"
        case "greater_than_equal":
            return f"{item['input']} is too small; the least is {context['ge']}"
        case "less_than_equal":
            return f"{item['input']} is too large; the most is {context['le']}"
    return str(item["msg"])


def _annotation(model: type[BaseModel], loc: Loc) -> Any:
    """The type at ``loc``: through aliases, optionals, lists and mappings."""
    annotation: Any = model
    for part in loc:
        annotation = _bare(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            named = {field.alias or name: field for name, field in annotation.model_fields.items()}
            if part not in named:
                return None
            annotation = named[str(part)].annotation
        else:
            arguments = [one for one in get_args(annotation) if one is not Ellipsis]
            annotation = arguments[-1] if arguments else None
    return _bare(annotation)


def _bare(annotation: Any) -> Any:
    if hasattr(annotation, "__metadata__"):
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return _bare(next(one for one in get_args(annotation) if one is not type(None)))
    return annotation


def _options(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation)


def _keys(model: type[BaseModel], loc: Loc) -> list[str]:
    annotation = _annotation(model, loc)
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return []
    return [field.alias or name for name, field in annotation.model_fields.items()]
