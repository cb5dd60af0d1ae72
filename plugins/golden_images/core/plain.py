"""What a YAML document means: plain data, and what of it is not meant to be written here.

Scalars are read by YAML 1.2's core schema where 1.1 surprises: ``1:30``, ``0x1f``, ``1_000`` and ``012``
(10 to some readers, 12 to others) are text, and the message for a number's field says so; ``yes``,
``no``, ``on`` and ``off`` stay booleans, and the message for a text field says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

#: Values after aliases are expanded, which is where an alias bomb shows.
MAX_VALUES = 20_000
MAX_DEPTH = 32

Loc = tuple[str | int, ...]

_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_TRUE = frozenset({"yes", "true", "on"})
_TEXT_TAGS = frozenset({f"{_TAG}str", f"{_TAG}timestamp", f"{_TAG}value", f"{_TAG}merge"})


def field_name(loc: Loc) -> str:
    """``("build", "platforms", 0)`` is ``build.platforms[0]``."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


@dataclass(frozen=True, slots=True)
class Fault:
    """``node`` is where it stands; without one, it is about the value of ``loc``."""

    loc: Loc
    message: str
    node: yaml.Node | None = None


class Plain:
    """``data`` is None where there is too much of it; other faults leave out what they are about."""

    def __init__(self, root: yaml.MappingNode) -> None:
        self.faults: list[Fault] = []
        self._values = 0
        data = self._value(root, (), 0)
        self.data: dict[str, Any] | None = (
            data if isinstance(data, dict) and self._values <= MAX_VALUES else None
        )

    def _value(self, node: yaml.Node, loc: Loc, depth: int) -> Any:
        self._values += 1
        if self._values > MAX_VALUES or depth > MAX_DEPTH:
            if self._values < MAX_VALUES * 2:
                self._values = MAX_VALUES * 2  # said once
                what = "nested too deeply" if depth > MAX_DEPTH else "too many values"
                self.faults.append(Fault(loc[:1], f"{what} (aliases count where they are used)"))
            return None
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, loc)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            return [self._value(child, (*loc, index), depth + 1) for index, child in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, loc, depth)
        self._tagged(node, loc)
        return None

    def _mapping(self, node: yaml.MappingNode, loc: Loc, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key, child in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.faults.append(Fault(loc, f"a key is text, not {kind(key)}", key))
            elif key.tag == f"{_TAG}merge":
                message = "merge keys are not supported; write the values out"
                self.faults.append(Fault((*loc, "<<"), message, key))
            elif key.value in result:
                message = f"duplicate key; the first is in line {first[key.value]}"
                self.faults.append(Fault((*loc, key.value), message, key))
            else:
                first[key.value] = key.start_mark.line + 1
                result[key.value] = self._value(child, (*loc, key.value), depth + 1)
        return result

    def _scalar(self, node: yaml.ScalarNode, loc: Loc) -> Any:
        tag, text = node.tag, node.value
        if tag in _TEXT_TAGS:
            return text
        if tag == f"{_TAG}null":
            return None
        if tag == f"{_TAG}bool":
            return text.lower() in _TRUE
        if tag == f"{_TAG}int":
            return int(text) if _INTEGER.fullmatch(text) else text
        if tag == f"{_TAG}float":
            return float(text) if _FLOAT.fullmatch(text) else text
        self._tagged(node, loc)
        return None

    def _tagged(self, node: yaml.Node, loc: Loc) -> None:
        tag = node.tag.replace(_TAG, "!!")
        self.faults.append(Fault(loc, f"the tag {tag} is not supported"))


def kind(node: yaml.Node) -> str:
    """``node`` in words for its author."""
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return "keys and values" if isinstance(node, yaml.MappingNode) else "a single value"
